/** Which recordings of a list are selected. */

export interface Identified {
  readonly id: string;
}

export class Selection<T extends Identified> {
  ids = $state.raw<ReadonlySet<string>>(new Set());
  /** Where a range begins. */
  private anchor: string | null = null;

  /** `items`: the list as it is loaded now. */
  constructor(private readonly items: () => readonly T[]) {}

  readonly picked = $derived.by(() => this.items().filter(({ id }) => this.ids.has(id)));

  clear(): void {
    this.ids = new Set();
  }

  all(): void {
    this.ids = new Set(this.items().map(({ id }) => id));
  }

  /** Selects it, or no more; `range`: with all between the one that was chosen last and this one. */
  toggle(item: T, range: boolean): void {
    const items = this.items();
    const next = new Set(this.ids);
    const on = !this.ids.has(item.id);
    const [from, to] = [items.findIndex(({ id }) => id === this.anchor), items.indexOf(item)].sort(
      (a, b) => a - b,
    );
    const touched =
      range && from !== undefined && from >= 0 && to !== undefined ? items.slice(from, to + 1) : [item];
    for (const { id } of touched) {
      if (on) next.add(id);
      else next.delete(id);
    }
    this.anchor = item.id;
    this.ids = next;
  }

  /** Ids of what a drag of this one takes along. */
  dragged({ id }: T): readonly string[] {
    return this.ids.has(id) ? [...this.ids] : [id];
  }

  /** Escape and Ctrl+A, where nothing else is meant by them. */
  keys(event: KeyboardEvent): void {
    const elsewhere = "input:not([type=checkbox]), select, textarea, dialog";
    if (event.defaultPrevented || (event.target as Element).closest(elsewhere)) return;
    if (event.key === "Escape" && this.ids.size > 0) this.clear();
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && this.items().length > 0) {
      event.preventDefault();
      this.all();
    }
  }
}
