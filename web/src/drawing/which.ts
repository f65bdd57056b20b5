/** Whose drawing lies over the picture. Pure; all that the page loads before there is one to show. */
import type { Comment, Drawing } from "../api/types";

/** A drawing belongs to one picture, and is shown for so long from there, in milliseconds, and so little before it. */
const SHOWN_FOR = 3000;
const BEFORE = 150;

/** The one of the comments with a drawing whose drawing is shown at `ms`: that of the comment with the focus, else of the one whose moment it is. */
export function drawnAt(drawn: readonly Comment[], ms: number, focused: string | null): Comment | null {
  let shown: Comment | null = null;
  for (const comment of drawn) {
    if (comment.id === focused) return comment;
    const near = ms >= comment.at_ms - BEFORE && ms < comment.at_ms + SHOWN_FOR;
    if (near && (!shown || comment.at_ms >= shown.at_ms)) shown = comment;
  }
  return shown;
}

/** Somebody draws: from what, and whom to tell when it is done. */
export interface Board {
  readonly from: Drawing | null;
  /** Null: they gave it up. */
  readonly done: (drawing: Drawing | null) => void;
}
