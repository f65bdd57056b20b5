/** Keys that begin and end a range to comment on; loaded when one of them is pressed. */
import type { WatchSession } from "../watch/session.svelte";
import { settings } from "../watch/settings.svelte";

/** Whether the key is meant so: in a field it is a letter, and who speaks to the computer has turned single keys off. */
export function isRangeKey(session: WatchSession, event: KeyboardEvent): boolean {
  const { target } = event;
  const typed =
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
  const chord = event.ctrlKey || event.metaKey || event.altKey;
  const may = session.info?.may_comment === true && session.player.started;
  return !typed && !chord && !event.repeat && settings.singleKeys && may;
}
