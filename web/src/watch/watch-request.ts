/** The first thing a watch page does: it asks for the recording, before anything of the player is here. */
import { getMe, getWatch } from "../api/client";
import type { Me, Watch } from "../api/types";

export interface WatchRequest {
  readonly slug: string;
  readonly watch: Promise<Watch>;
  readonly me: Promise<Me>;
}

export function requestWatch(slug: string): WatchRequest {
  const request = { slug, watch: getWatch(slug), me: getMe() };
  request.watch.catch(() => {}); // The page reports errors.
  request.me.catch(() => {});
  return request;
}
