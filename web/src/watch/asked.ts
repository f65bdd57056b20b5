/** The first thing a watch page does: it asks for the recording, before anything of the player is here. */
import { getMe, getWatch } from "../api/client";
import type { Me, Watch } from "../api/types";

export interface Asked {
  readonly slug: string;
  readonly watch: Promise<Watch>;
  readonly me: Promise<Me>;
}

export function ask(slug: string): Asked {
  const asked = { slug, watch: getWatch(slug), me: getMe() };
  asked.watch.catch(() => {}); // The page tells of errors.
  asked.me.catch(() => {});
  return asked;
}
