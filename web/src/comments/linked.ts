/** What a link to a comment does; loaded when one was followed. */
import { toast } from "../ui/toasts.svelte";
import type { CommentSession } from "./session";

/** Seconds for which a comment that somebody was led to stands out. */
const MARKED = 4;

/** Shows the comment, and the picture that it is about. */
export async function lead(
  session: CommentSession,
  id: string,
  attend: (id: string) => Promise<void>,
): Promise<void> {
  const comment = session.discussion.comments.find((it) => it.id === id);
  if (!comment || comment.deleted) {
    toast("The comment this link leads to is not here. It may have been deleted.");
    return;
  }
  session.request({ type: "seek", to: comment.at_ms / 1000 });
  await attend(id);
  const shown = document.querySelector(`article[data-id="${CSS.escape(id)}"]`);
  shown?.scrollIntoView({ block: "center" });
  shown?.setAttribute("data-linked", "true");
  setTimeout(() => shown?.removeAttribute("data-linked"), MARKED * 1000);
}
