/** A comment that is being written, kept so that a reload does not lose it. The store is a parameter. */
import type { Attachment, Comment, Drawing } from "../api/types";
import { draftKey } from "./draft-key";
import type { Person } from "./markers";

export interface Draft {
  readonly body: string;
  readonly at_ms: number;
  readonly end_ms: number | null;
  /** The thread it answers. */
  readonly parent_id: string | null;
  /** Whose names in the words are mentions. */
  readonly people?: readonly Person[];
  /** Who reads it; everyone, when it is not said. */
  readonly visibility?: Comment["visibility"];
  /** As it was drawn here; the server looks at it again. */
  readonly drawing?: Drawing | null;
  /** Files that the server has. */
  readonly files?: readonly Attachment[];
}

/** A comment that was begun before there was a field for it. */
export interface StartedComment {
  readonly body: string;
  readonly at_ms: number;
  /** The recording played, and is to play on afterwards. */
  readonly played: boolean;
}

export type DraftStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Puts the draft away; an empty one is thrown away. A store that is full or forbidden loses it silently: the page goes on. */
export function saveDraft(store: DraftStore, slug: string, draft: Draft | null): void {
  try {
    if (draft && (draft.body.trim() !== "" || draft.drawing || draft.files))
      store.setItem(draftKey(slug), JSON.stringify(draft));
    else store.removeItem(draftKey(slug));
  } catch {}
}

/** What a field holds beyond what was sent from it; all of it when the sent words were changed meanwhile. */
export function textAfter(sent: string, now: string): string {
  const more = now.startsWith(sent) ? now.slice(sent.length) : now;
  return more.trim() === "" ? "" : more.trimStart();
}

const isPerson = (it: unknown): it is Person =>
  typeof it === "object" &&
  it !== null &&
  ["kind", "id", "name"].every((key) => typeof (it as Record<string, unknown>)[key] === "string");

const isFile = (it: unknown): it is Attachment =>
  typeof it === "object" &&
  it !== null &&
  ["id", "name"].every((key) => typeof (it as Record<string, unknown>)[key] === "string") &&
  typeof (it as Partial<Attachment>).size === "number";

const isDrawing = (found: unknown): found is Drawing =>
  typeof found === "object" && found !== null && Array.isArray((found as Partial<Drawing>).shapes);

export function loadDraft(store: DraftStore, slug: string): Draft | null {
  try {
    const found: unknown = JSON.parse(store.getItem(draftKey(slug)) ?? "null");
    if (!found || typeof found !== "object") return null;
    const { body, at_ms, end_ms, parent_id, people, visibility, drawing, files } = found as Record<
      string,
      unknown
    >;
    if (typeof body !== "string" || typeof at_ms !== "number" || !Number.isFinite(at_ms)) return null;
    return {
      body,
      at_ms: Math.max(0, at_ms),
      end_ms: typeof end_ms === "number" ? end_ms : null,
      parent_id: typeof parent_id === "string" ? parent_id : null,
      ...(Array.isArray(people) ? { people: people.filter(isPerson) } : {}),
      ...(visibility === "members" || visibility === "author" ? { visibility } : {}),
      ...(isDrawing(drawing) ? { drawing } : {}),
      ...(Array.isArray(files) ? { files: files.filter(isFile) } : {}),
    };
  } catch {
    return null;
  }
}
