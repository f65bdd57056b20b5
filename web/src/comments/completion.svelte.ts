/** The names offered while somebody types an `@` in a field. */
import { toastError } from "../ui/toasts.svelte";
import type { Person } from "./markers";
import { matching, query } from "./mentions";

export class Completion {
  /** What is offered; empty: nothing is open. */
  items = $state.raw<readonly Person[]>([]);
  chosen = $state(0);
  /** Who was picked or stood in the words before: their names become mentions. */
  picked: Person[] = [];
  #field: HTMLTextAreaElement | null = null;
  #from = 0;
  #look = 0;
  /** Escape closes it for the `@` at this place. */
  #shut: number | null = null;

  constructor(
    private readonly people: () => Promise<readonly Person[]>,
    private readonly write: (text: string) => void,
  ) {}

  get open(): boolean {
    return this.items.length > 0;
  }

  /** Looks at what stands before the caret. */
  async look(field: HTMLTextAreaElement): Promise<void> {
    this.#field = field;
    this.#look += 1;
    const look = this.#look;
    const found = query(field.value, field.selectionEnd);
    if (found === null || found.from === this.#shut) {
      if (found === null) this.#shut = null;
      this.close();
      return;
    }
    let people: readonly Person[] = [];
    try {
      people = await this.people();
    } catch (error) {
      toastError(error, "people");
    }
    if (look !== this.#look) return;
    this.#from = found.from;
    this.items = matching(people, found.typed);
    this.chosen = 0;
  }

  close(): void {
    this.items = [];
  }

  /** Takes the keys that belong to the list; says whether it did. */
  keys(event: KeyboardEvent): boolean {
    if (!this.open || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) this.chosen = (this.chosen + step + this.items.length) % this.items.length;
    else if (event.key === "Enter" || event.key === "Tab") this.pick(this.chosen);
    else if (event.key === "Escape") {
      this.#shut = this.#from;
      this.close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  pick(index: number): void {
    const person = this.items[index];
    const field = this.#field;
    if (!person || !field) return;
    const behind = field.value.slice(field.selectionEnd);
    const before = `${field.value.slice(0, this.#from)}@${person.name} `;
    this.picked = [...this.picked, person];
    this.close();
    this.write(before + behind.replace(/^ /, ""));
    queueMicrotask(() => {
      field.focus();
      field.setSelectionRange(before.length, before.length);
    });
  }
}
