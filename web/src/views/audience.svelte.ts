/** Who watched a recording, for its owner. */
import { client, read, withId } from "../api/client";
import type { Views } from "../api/types";
import type { WatchSession } from "../watch/session.svelte";

export class Audience {
  views = $state.raw<Views | null>(null);
  readonly #id: string;

  constructor(session: WatchSession) {
    this.#id = session.info?.id ?? "";
    // Without an answer the page says how many there are, and not who.
    void this.load().catch(() => {});
  }

  async load(): Promise<void> {
    this.views = await read(client.GET("/api/recordings/{id}/views", withId(this.#id)));
  }
}
