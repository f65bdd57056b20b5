/** What comments need of the page they stand on. */
import type { Drawing, Me, Watch } from "../api/types";
import type { PlayerState, Request } from "../player/requests";
import type { Composer } from "./composer.svelte";
import type { Discussion } from "./discussion.svelte";

export interface CommentSession {
  readonly slug: string;
  readonly discussion: Discussion;
  readonly info: Pick<Watch, "id" | "mine" | "may_comment" | "audience" | "owner"> | null;
  readonly me: Me | null;
  readonly player: PlayerState;
  /** Where the player stands, in milliseconds. */
  readonly ms: number;
  /** Length of the recording so far, in milliseconds. */
  readonly length: number;
  /** The comment that is being written, once somebody began to. */
  composing: Composer | null;
  request(request: Request): void;
  /** What was drawn and is not sent yet, to be shown on the picture. */
  sketch: Drawing | null;
  /** Lets somebody draw on the picture at `at_ms`, beginning with `from`. Null: they gave it up. */
  draw(at_ms: number, from: Drawing | null): Promise<Drawing | null>;
}
