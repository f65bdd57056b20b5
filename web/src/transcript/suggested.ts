/** Requests about what was found in the words, and what a language model writes and translates. */
import { client, read, withId, withSlug } from "../api/client";
import type { Suggestion } from "../api/types";

export const getSuggestions = (slug: string) =>
  read(client.GET("/api/watch/{slug}/suggestions", withSlug(slug)));

const ofSuggestion = (id: string, it: Suggestion) => ({
  params: { path: { id, suggestion: it.id }, header: { "If-Match": `"${it.version}"` } },
});

export interface Decision {
  readonly text?: string;
  readonly state?: Exclude<Suggestion["state"], "given">;
}

/** The state to go back to; what was given to somebody is taken back where its thread is. */
export const stateOf = ({ state }: Suggestion) => (state === "given" ? "open" : state);

export const decide = (id: string, it: Suggestion, body: Decision) =>
  read(client.PATCH("/api/recordings/{id}/suggestions/{suggestion}", { ...ofSuggestion(id, it), body }));

/** Makes a thread of a task, for somebody. */
export const give = (id: string, it: Suggestion, user_id: string, due_on: string | null) =>
  read(
    client.POST("/api/recordings/{id}/suggestions/{suggestion}/assignment", {
      ...ofSuggestion(id, it),
      body: { user_id, due_on },
    }),
  );
export const askModel = (id: string) => read(client.POST("/api/recordings/{id}/assistant", withId(id)));

export const getTranslations = (slug: string) =>
  read(client.GET("/api/watch/{slug}/translations", withSlug(slug)));
export const translate = (slug: string, language: string) =>
  read(client.POST("/api/watch/{slug}/translations/{language}", { params: { path: { slug, language } } }));

export const translationUrl = (slug: string, language: string, format: string) =>
  `/api/watch/${encodeURIComponent(slug)}/translations/${encodeURIComponent(language)}/${format}`;

/** A language by its name, such as "German". */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
