import type { Part } from "./requests";

export const PARTS: readonly { part: Part; name: string }[] = [
  { part: "inbox", name: "Inbox" },
  { part: "later", name: "Later" },
  { part: "done", name: "Done" },
];
/** A part of the inbox, or what one has not seen. */
export type Place = Part | "catch-up";
