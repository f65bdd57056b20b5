/** The keyboard's way through the chapters. */
import type { Mark } from "../api/types";
import type { Request } from "../player/requests";
import { announce } from "../ui/toasts.svelte";
import { chapterAt, chapterName } from "./marks";

/** Right after the beginning of a chapter, "back" leads to the one before. */
const JUST_BEGUN = 2000;

/** Where the next or the last chapter begins, seen from `ms`; null where there is none. */
export function neighbour(marks: readonly Mark[], ms: number, by: 1 | -1): number | null {
  if (by > 0) return marks.find(({ at_ms }) => at_ms > ms + 50)?.at_ms ?? null;
  const before = marks.findLast(({ at_ms }) => at_ms < ms - JUST_BEGUN);
  return before?.at_ms ?? (marks.length > 0 ? 0 : null);
}

export interface ChapteredPage {
  readonly marks: readonly Mark[];
  readonly mediator: { current(): { readonly time: number } };
  request(request: Request): void;
}

/** To the next chapter, or back. */
export function toChapter(page: ChapteredPage, by: 1 | -1): void {
  const to = neighbour(page.marks, page.mediator.current().time * 1000, by);
  if (to === null) return;
  page.request({ type: "seek", to: to / 1000 });
  const chapter = chapterAt(page.marks, to);
  announce(chapter ? chapterName(page.marks, chapter) : "Beginning");
}
