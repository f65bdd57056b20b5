/** A list of recordings that comes page by page, the newest first. */
import { neighbour } from "../ui/focus";
import { mergeFirstPage } from "./names";

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null for the last one. */
  readonly next: string | null;
}

export class Listing<T extends { readonly id: string }> {
  /** Null until the first page has come. */
  items = $state.raw<readonly T[] | null>(null);
  next = $state<string | null>(null);

  /** `list` asks for the page that begins at `before`, null for the first one. */
  constructor(private readonly list: (before: string | null) => Promise<Page<T>>) {}

  readonly state = $derived(this.items === null ? "loading" : this.items.length === 0 ? "empty" : "ready");

  /** Looks at the newest again and keeps what was loaded further down. */
  async refresh(): Promise<void> {
    const page = await this.list(null);
    const { items, below } = mergeFirstPage(this.items ?? [], page);
    if (!below) this.next = page.next;
    this.items = items;
  }

  /** Loads the next page; returns its first recording, or what was last before it where it has none. */
  async more(): Promise<string | null> {
    const last = this.items?.at(-1)?.id ?? null;
    const page = await this.list(this.next);
    this.items = [...(this.items ?? []), ...page.items];
    this.next = page.next;
    return page.items[0]?.id ?? last;
  }

  replace(changed: T): void {
    this.items = (this.items ?? []).map((item) => (item.id === changed.id ? changed : item));
  }

  /** Takes one out; returns the one that takes its place, null where none is left. */
  remove(id: string): string | null {
    const items = this.items ?? [];
    this.items = items.filter((item) => item.id !== id);
    return neighbour(
      items.map((item) => item.id),
      id,
    );
  }
}
