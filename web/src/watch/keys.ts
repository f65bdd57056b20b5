/** The action of a key on the watch page. Pure: the event comes as plain data. */
import type { Request } from "../player/requests";

export interface KeyPress {
  readonly key: string;
  /** Ctrl, Meta or Alt is down: the browser's business. */
  readonly chord: boolean;
  /** Sent again by the keyboard because the key is held down. */
  readonly held: boolean;
  /**
   * What has the focus. A "field" takes text; a "control" answers to Space and arrows itself; a "list" scrolls with
   * the vertical arrows.
   */
  readonly focus: "page" | "list" | "control" | "field";
}

export type KeyAction =
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "comment" | "mute" | "fullscreen" | "help" | "escape" };

const request = (request: Request): KeyAction => ({ kind: "request", request });

/**
 * `single` says whether keys without a modifier act at all; who uses speech input can switch them off
 * (WCAG 2.1.4). No letter but `c` begins a comment.
 */
export function actionOf(press: KeyPress, single: boolean): KeyAction | null {
  const { key, focus } = press;
  if (press.chord || focus === "field") return null;
  if (key === "Escape") return { kind: "escape" };
  if (focus === "control" && (key === " " || key === "Enter" || key.startsWith("Arrow"))) return null;
  if (focus === "list" && (key === "ArrowUp" || key === "ArrowDown")) return null;
  switch (key) {
    case " ":
      return request({ type: "toggle" });
    case "ArrowLeft":
      return request({ type: "skip", by: -5 });
    case "ArrowRight":
      return request({ type: "skip", by: 5 });
    case "ArrowUp":
      return request({ type: "louder", by: 0.05 });
    case "ArrowDown":
      return request({ type: "louder", by: -0.05 });
  }
  if (!single) return null;
  switch (key) {
    case "k":
      return request({ type: "toggle" });
    case "j":
      return request({ type: "skip", by: -10 });
    case "l":
      return request({ type: "skip", by: 10 });
    case "<":
      return request({ type: "faster", by: -1 });
    case ">":
      return request({ type: "faster", by: 1 });
    case "m":
      return { kind: "mute" };
    case "f":
      return { kind: "fullscreen" };
    case "?":
      return { kind: "help" };
    case "c":
      return { kind: "comment" };
  }
  return null;
}

/** Whether a key that is held down goes on doing this; a held `m` would switch the sound on and off. */
export function isRepeatable(action: KeyAction): boolean {
  return action.kind === "request" && ["skip", "louder", "faster"].includes(action.request.type);
}
