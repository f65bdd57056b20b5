/** How a recording is shared, for its owner: read, changed with a way back. */
import { Conflict, changeUnlessConflict } from "../api/conflict";
import { Problem } from "../api/problem";
import type { Audience, ChangeSharing, GroupName, PersonName, Sharing } from "../api/types";
import { toastError } from "../ui/toasts.svelte";
import { offerUndo } from "../ui/undoable";
import * as requests from "./requests";
import { nameOf, whom } from "./whom";

export interface SharedPage {
  /** Shows what is shared now, on the rest of the page. */
  shared(now: Sharing): void;
}

/** What can be given as it was. A password that another one replaced cannot: the server does not know it. */
type Reversible = Pick<Sharing, "ends_at" | "comments" | "download" | "embed">;

export class SharingModel {
  now = $state.raw<Sharing | null>(null);
  people = $state.raw<readonly PersonName[]>([]);
  groups = $state.raw<readonly GroupName[]>([]);
  /** What was refused last, and for which field. */
  error = $state.raw<{ readonly field: string; readonly text: string } | null>(null);

  constructor(
    readonly id: string,
    private readonly page: SharedPage,
  ) {}

  async load(): Promise<void> {
    try {
      this.#show(await requests.getSharing(this.id));
    } catch (error) {
      toastError(error, `sharing ${this.id}`);
    }
  }

  async loadPeople(): Promise<void> {
    const there = await requests.listPeople().catch(() => ({ people: [], groups: [] }));
    this.people = there.people;
    this.groups = there.groups;
  }

  /** Makes a change that can be undone. */
  async change<K extends keyof Reversible>(field: K, value: Reversible[K], text: string): Promise<void> {
    const before = this.now;
    if (!before) return;
    const was = before[field];
    await this.#attempt(field, async () => {
      await this.#send(before, { [field]: value }, field);
      offerUndo(
        text,
        async () => {
          if (this.now) await this.#send(this.now, { [field]: was }, field);
        },
        `sharing ${this.id}`,
      );
    });
  }

  /** Says whether it was taken. The way back of a new password is none at all. */
  async setPassword(password: string | null): Promise<boolean> {
    const before = this.now;
    if (!before) return false;
    return await this.#attempt("password", async () => {
      await this.#send(before, { password }, "has_password");
      if (password === null) {
        // The server keeps its hash for as long as the toast is there, and a little longer.
        const back = async () => {
          if (this.now) await this.#send(this.now, { password_back: true }, "has_password");
        };
        offerUndo("Password removed", back, `sharing ${this.id}`);
        return;
      }
      const undo = async () => {
        if (this.now) await this.#send(this.now, { password: null }, "has_password");
      };
      offerUndo("Password set", undo, `sharing ${this.id}`);
    });
  }

  /** Says whether it was taken. */
  async addPerson(typed: string): Promise<boolean> {
    const person = whom(typed, this.people, this.groups);
    return await this.#attempt("person", async () => {
      const before = new Set(this.now?.people.map(({ id }) => id));
      const now = await requests.addPerson(this.id, person);
      this.#show(now);
      const added = now.people.find(({ id }) => !before.has(id));
      if (!added) return;
      const text = `Shared with ${nameOf(added)}`;
      offerUndo(
        text,
        async () => this.#show(await requests.removePerson(this.id, added.id)),
        `sharing ${this.id}`,
      );
    });
  }

  async removePerson(person: Sharing["people"][number]): Promise<void> {
    await this.#attempt("person", async () => {
      this.#show(await requests.removePerson(this.id, person.id));
      const { mail, group, user_id } = person;
      const again = mail ? { mail } : group ? { group_id: group.id } : user_id ? { user_id } : null;
      if (!again) return;
      const text = `No longer shared with ${nameOf(person)}`;
      offerUndo(text, async () => this.#show(await requests.addPerson(this.id, again)), `sharing ${this.id}`);
    });
  }

  async answer({ id, name }: Sharing["requests"][number], allow: boolean): Promise<void> {
    await this.#attempt("person", async () => {
      this.#show(await requests.answer(this.id, id, allow));
      const back = async () => this.#show(await requests.takeAnswerBack(this.id, id));
      offerUndo(
        allow ? `${name} can watch now` : `${name} was refused, and is not told`,
        back,
        `sharing ${this.id}`,
      );
    });
  }

  /** For whom it is; null: as the folder is in which it lies. */
  async setAudience(value: Audience | null, text: string): Promise<void> {
    const before = this.now;
    if (!before) return;
    const was = before.folder?.counts ? null : before.audience;
    const body = (audience: Audience | null): ChangeSharing =>
      audience === null ? { as_folder: true } : { audience };
    await this.#attempt("audience", async () => {
      await this.#send(before, body(value), "audience", "folder");
      offerUndo(
        text,
        async () => {
          if (this.now) await this.#send(this.now, body(was), "audience", "folder");
        },
        `sharing ${this.id}`,
      );
    });
  }

  /** Another link; there is no way back. */
  async newLink(): Promise<Sharing | null> {
    let made: Sharing | null = null;
    await this.#attempt("link", async () => {
      made = await requests.newLink(this.id);
    });
    return made;
  }

  async #send(seen: Sharing, body: ChangeSharing, ...fields: (keyof Sharing)[]): Promise<void> {
    const now = await changeUnlessConflict<Sharing, Sharing>(seen, {
      send: (version) => requests.changeSharing(this.id, body, version),
      read: () => requests.getSharing(this.id),
      same: (there) => fields.every((field) => JSON.stringify(there[field]) === JSON.stringify(seen[field])),
    });
    this.#show(now);
  }

  #show(now: Sharing): void {
    this.now = now;
    this.page.shared(now);
  }

  async #attempt(field: string, act: () => Promise<void>): Promise<boolean> {
    this.error = null;
    try {
      await act();
      return true;
    } catch (error) {
      if (error instanceof Conflict) this.#show(error.now as Sharing);
      if (error instanceof Problem && error.code === "invalid") this.error = { field, text: error.message };
      else toastError(error, `sharing ${this.id}`);
      // What is shown is what is there, not what was wanted.
      if (this.now) this.now = { ...this.now };
      return false;
    }
  }
}
