/**
 * One function a request. Answers are data, everything else is a thrown `Problem`. Loaded before everything else: what only some pages
 * ask for stands in files of its own beside this one.
 */
import { client } from "./fetch";
import { german, Problem } from "./problem";
import type { NewComment } from "./types";

export { client };

type Answer = { data?: unknown; error?: unknown; response: Response };

/** What the description says of a successful answer. */
type Data<A extends Answer> = A extends { data: infer D } ? D : never;

/** Awaits an answer. */
export async function read<A extends Answer>(asked: Promise<A>): Promise<Data<A>> {
  const answer = await asked.catch(() => {
    throw Problem.unreachable();
  });
  if (!answer.response.ok) {
    const problem = Problem.of(answer.response.status, answer.error);
    throw import.meta.env.MODE === "de" ? await german(problem, answer.error) : problem;
  }
  // `A` is one of two shapes, and this is the one of an answer that is ok.
  return answer.data as Data<A>;
}

export const withId = (id: string) => ({ params: { path: { id } } });
/** With a version, only if the thing still has that one. */
export const withVersion = (id: string, version: number | null) => ({
  params: { path: { id }, header: version === null ? {} : { "If-Match": `"${version}"` } },
});
export const withSlug = (slug: string) => ({ params: { path: { slug } } });

export const getMe = () => read(client.GET("/api/me"));

export const getWatch = (slug: string) => read(client.GET("/api/watch/{slug}", withSlug(slug)));
export const getTranscript = (slug: string) =>
  read(client.GET("/api/watch/{slug}/transcript", withSlug(slug)));
export const getComments = (slug: string) => read(client.GET("/api/watch/{slug}/comments", withSlug(slug)));
export const addComment = (slug: string, body: NewComment) =>
  read(client.POST("/api/watch/{slug}/comments", { ...withSlug(slug), body }));
export const changeComment = (
  id: string,
  body: { body?: string; resolved?: boolean },
  version: number | null,
) => read(client.PATCH("/api/comments/{id}", { ...withVersion(id, version), body }));
export const deleteComment = (id: string) => read(client.DELETE("/api/comments/{id}", withId(id)));
export const restoreComment = (id: string) => read(client.POST("/api/comments/{id}/restore", withId(id)));

const e = encodeURIComponent;

export const captionsUrl = (slug: string, version: number) =>
  `/api/watch/${e(slug)}/captions.vtt?words=${version}`;
export const eventsUrl = (slug: string, after: string) => `/api/watch/${e(slug)}/events?after=${e(after)}`;
