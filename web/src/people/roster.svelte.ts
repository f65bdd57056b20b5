/** People, invitations and groups of the server, for who looks after them: read, changed with a way back. */
import { Problem } from "../api/problem";
import type { Group, Invitation, Invited, Person, Role, Roster } from "../api/types";
import { announce, toast, toastError } from "../ui/toasts.svelte";
import { offerUndo } from "../ui/undoable";
import * as requests from "./requests";
import { roleName } from "./roles";

export class RosterModel {
  now = $state.raw<Roster | null>(null);
  /** The link that was just made; shown this once. */
  made = $state.raw<Invited | null>(null);
  /** It took the place of another one. */
  renewed = $state(false);
  /** What was refused last, and in which form. */
  error = $state.raw<{ readonly form: string; readonly text: string } | null>(null);

  async load(): Promise<void> {
    this.now = await requests.getRoster();
  }

  /** What was refused in this form. */
  errorOf(form: string): string {
    return this.error?.form === form ? this.error.text : "";
  }

  person(id: string): Person | undefined {
    return this.now?.people.find((it) => it.id === id);
  }

  async changeRole(person: Person, role: Role): Promise<void> {
    const was = person.role;
    await this.#attempt(`person ${person.id}`, async () => {
      this.#show(await requests.changePerson(person.id, { role }, person.version));
      const back = async () => this.#again(person.id, { role: was });
      offerUndo(`${person.name} has a new role: ${roleName(role)}`, back, `person ${person.id}`);
    });
  }

  /** Says whether it was done. */
  async setActive(person: Person, active: boolean): Promise<boolean> {
    return await this.#attempt(`person ${person.id}`, async () => {
      this.#show(await requests.changePerson(person.id, { active }, person.version));
      const text = active ? `${person.name} can sign in again` : `${person.name} was deactivated`;
      offerUndo(text, async () => this.#again(person.id, { active: !active }), `person ${person.id}`);
    });
  }

  async handOver(person: Person, to: Person): Promise<boolean> {
    return await this.#attempt(`person ${person.id}`, async () => {
      const { recordings } = await requests.handOver(person.id, to.id);
      const what = recordings === 1 ? "1 recording" : `${recordings} recordings`;
      toast(`${what} handed over to ${to.name}`, null, `person ${person.id}`);
      await this.load();
    });
  }

  async remove(person: Person, to: string | null, withComments: boolean): Promise<boolean> {
    const wanted = { recordings_to: to, with_comments: withComments };
    return await this.#attempt(`person ${person.id}`, async () => {
      await requests.deletePerson(person.id, wanted, person.version);
      toast(`${person.name} was deleted`, null, `person ${person.id}`);
      await this.load();
    });
  }

  async invite(wanted: Parameters<typeof requests.invite>[0]): Promise<boolean> {
    return await this.#attempt("invitation", async () => {
      this.made = await requests.invite(wanted);
      this.renewed = false;
      await this.load();
    });
  }

  async renew(invitation: Invitation): Promise<void> {
    await this.#attempt("invitation", async () => {
      this.made = await requests.renew(invitation.id);
      this.renewed = true;
      announce("There is a new link. The old one opens nothing.");
      await this.load();
    });
  }

  async revoke(invitation: Invitation): Promise<void> {
    await this.#attempt("invitation", async () => {
      await requests.setRevoked(invitation.id, true);
      if (this.made?.invitation.id === invitation.id) this.made = null;
      await this.load();
      const back = async () => {
        await requests.setRevoked(invitation.id, false);
        await this.load();
      };
      offerUndo("Invitation revoked", back, "invitation");
    });
  }

  async makeGroup(name: string): Promise<boolean> {
    return await this.#attempt("new group", async () => {
      await requests.makeGroup(name);
      await this.load();
    });
  }

  async renameGroup(group: Group, name: string): Promise<boolean> {
    return await this.#attempt(`group ${group.id}`, async () => {
      const after = await requests.renameGroup(group.id, name, group.version);
      await this.load();
      if (after.name === group.name) return;
      const back = async () => {
        await requests.renameGroup(group.id, group.name, after.version);
        await this.load();
      };
      offerUndo(`The group is called ${after.name} now`, back, `group ${group.id}`);
    });
  }

  async deleteGroup(group: Group): Promise<boolean> {
    return await this.#attempt(`group ${group.id}`, async () => {
      await requests.deleteGroup(group.id);
      toast(`${group.name} was deleted`, null, `group ${group.id}`);
      await this.load();
    });
  }

  async join(group: Group, person: Person): Promise<boolean> {
    return await this.#membership(group, person, true);
  }

  async leave(group: Group, person: Person): Promise<boolean> {
    return await this.#membership(group, person, false);
  }

  async #membership(group: Group, person: Person, joins: boolean): Promise<boolean> {
    const set = async (inside: boolean) => {
      const ask = inside ? requests.joinGroup : requests.leaveGroup;
      const after = await ask(group.id, person.id);
      if (!this.now) return;
      this.now = { ...this.now, groups: this.now.groups.map((it) => (it.id === after.id ? after : it)) };
    };
    return await this.#attempt(`group ${group.id}`, async () => {
      await set(joins);
      const text = joins
        ? `${person.name} is in ${group.name} now`
        : `${person.name} is out of ${group.name}`;
      offerUndo(text, async () => set(!joins), `group ${group.id}`);
    });
  }

  /** The way back: whatever version they have now. */
  async #again(id: string, change: { role: Role } | { active: boolean }): Promise<void> {
    const there = this.person(id);
    if (there) this.#show(await requests.changePerson(id, change, there.version));
  }

  #show(person: Person): void {
    if (!this.now) return;
    this.now = { ...this.now, people: this.now.people.map((it) => (it.id === person.id ? person : it)) };
  }

  async #attempt(topic: string, act: () => Promise<void>): Promise<boolean> {
    this.error = null;
    try {
      await act();
      return true;
    } catch (error) {
      const stale =
        error instanceof Problem && ["version_conflict", "not_found", "gone"].includes(error.code);
      if (stale) {
        await this.load().catch(() => {});
        toastError(
          new Error("Somebody changed this meanwhile. Nothing was overwritten; this is how it is now."),
          topic,
        );
      } else if (error instanceof Problem && error.code === "invalid" && !topic.startsWith("person ")) {
        this.error = { form: topic, text: error.message };
      } else toastError(error, topic);
      // What is shown is what is there, not what was wanted.
      if (this.now) this.now = { ...this.now, people: this.now.people.map((it) => ({ ...it })) };
      return false;
    }
  }
}
