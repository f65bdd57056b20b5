/** What notices are called. */
import type { Notice, NoticeKind } from "./requests";

/** What happened, as it follows the name of who did it. */
const DID: Record<NoticeKind, string> = {
  mention: "mentioned you",
  assigned: "assigned a thread to you",
  answer: "answered",
  comment: "commented",
  followed: "commented",
  asked: "asks for access",
  shared: "shared a recording with you",
  given: "handed a recording over to you",
  published: "recorded something",
  resolved: "resolved a thread",
  required: "asks you to watch this",
  reminder: "still waits for you to watch this",
  stopped: "stopped sending to one of your destinations",
};

/** What the settings call them. */
export const KINDS: Record<NoticeKind, string> = {
  mention: "Somebody mentions me",
  assigned: "A thread is assigned to me",
  answer: "Answers in threads I wrote in",
  comment: "Comments on my recordings",
  asked: "Somebody asks for access",
  shared: "A recording is shared with me",
  given: "A recording is handed over to me",
  required: "I am asked to watch something",
  reminder: "Reminders to watch it",
  followed: "Comments on what I follow",
  published: "Recordings of people I follow",
  resolved: "Threads of mine are resolved",
  stopped: "Nothing arrives at a destination of mine",
};

/** In the order of the settings. */
export const KIND_ORDER: readonly NoticeKind[] = Object.keys(KINDS) as NoticeKind[];

export const did = (kind: NoticeKind): string => DID[kind];
export function who(notice: Notice): string {
  if (notice.kind === "stopped") return "Aside";
  return notice.by?.name || (notice.kind === "reminder" ? notice.recording.owner_name : "Somebody");
}
export const title = (notice: Notice): string => notice.recording.title || "A recording";

/** Where a notice leads: the page, at its second. */
export function href(notice: Notice): string {
  if (notice.kind === "stopped") return "/integrations";
  const seconds = Math.floor((notice.comment?.at_ms ?? 0) / 1000);
  const page = `/w/${notice.recording.slug}`;
  return seconds > 0 ? `${page}?t=${seconds}` : page;
}
