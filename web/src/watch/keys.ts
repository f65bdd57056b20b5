/** What a key means on the watch page. Pure: the event comes as plain data. */
import type { Request } from "../player/requests";

export interface Stroke {
  readonly key: string;
  /** Ctrl, Meta or Alt is down: the browser's business. */
  readonly chord: boolean;
  /** What has the focus. A "field" takes text; a "control" answers to Space and arrows itself. */
  readonly focus: "page" | "control" | "field";
}

export type Meaning =
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "comment"; readonly text: string }
  | { readonly kind: "mute" | "fullscreen" | "help" | "escape" };

const request = (request: Request): Meaning => ({ kind: "request", request });

/**
 * `single` says whether keys without a modifier act at all; who uses speech input can switch them off
 * (WCAG 2.1.4). Letters that are no shortcut begin a comment, as do capitals.
 */
export function meaning(stroke: Stroke, single: boolean): Meaning | null {
  const { key, focus } = stroke;
  if (stroke.chord || focus === "field") return null;
  if (key === "Escape") return { kind: "escape" };
  if (focus === "control" && (key === " " || key === "Enter" || key.startsWith("Arrow"))) return null;
  if (key === " ") return request({ type: "toggle" });
  if (key === "ArrowLeft") return request({ type: "skip", by: -5 });
  if (key === "ArrowRight") return request({ type: "skip", by: 5 });
  if (!single) return null;
  switch (key) {
    case "k":
      return request({ type: "toggle" });
    case "j":
      return request({ type: "skip", by: -10 });
    case "l":
      return request({ type: "skip", by: 10 });
    case "m":
      return { kind: "mute" };
    case "f":
      return { kind: "fullscreen" };
    case "?":
      return { kind: "help" };
    case "c":
      return { kind: "comment", text: "" };
  }
  return /^[\p{L}\p{N}]$/u.test(key) ? { kind: "comment", text: key } : null;
}
