/** What was found in the words of a recording, as both parts of the page that show it have it. */
import type { Suggestion } from "../api/types";
import type { WatchSession } from "../watch/session.svelte";
import { getSuggestions } from "./suggested";

type Read = Awaited<ReturnType<typeof getSuggestions>>;

export class Suggestions {
  all = $state.raw<readonly Suggestion[]>([]);
  assistant = $state.raw<Read["assistant"]>(null);
  /** An answer that comes after a later one is void. */
  #asked = 0;

  constructor(readonly session: WatchSession) {}

  readonly open = $derived(this.all.filter(({ state }) => state === "open"));

  accepted(kind: Suggestion["kind"]): Suggestion[] {
    return this.all.filter((it) => it.state === "accepted" && it.kind === kind);
  }

  async load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const { suggestions, assistant } = await getSuggestions(this.session.slug);
    if (asked !== this.#asked) return;
    this.all = suggestions;
    this.assistant = assistant;
  }
}
