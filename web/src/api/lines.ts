/**
 * Shares out, among the tabs of this site, the connections that wait for the server.
 *
 * Over HTTP/1.1 a browser opens six connections to a server, all tabs together. An event stream holds one for as long as
 * it is open, and so does each playlist request that waits for the next part; with six of them held, every other
 * request of every tab waits for ever. So tabs tell each other of themselves (`BroadcastChannel`, which unlike Web Locks
 * also exists on plain HTTP), and hold no more than `LINES` in all. Who gets none asks again and again instead.
 */

/** Connections that may wait for the server, all tabs together: two are left for everything else. */
export const LINES = 4;
/** How often a tab tells the others of itself, and how long it is believed without, in milliseconds. */
const EVERY = 2000;
const BELIEVED = 7000;
/** How long the others have to answer a tab that is new, in milliseconds. */
const ANSWERED = 150;

/** A tab that could use lines: it is shown, or it plays. */
export interface Tab {
  readonly id: string;
  /** When somebody last turned to it, in milliseconds: whoever uses a tab is served first. */
  readonly at: number;
}

/** How many lines `me` may hold: an even share, and what is left over goes to those used last. */
export function share(me: Tab, others: readonly Tab[]): number {
  const tabs = [me, ...others].sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  const place = tabs.indexOf(me);
  return Math.floor(LINES / tabs.length) + (place < LINES % tabs.length ? 1 : 0);
}

type Message =
  | { readonly kind: "here"; readonly tab: Tab; readonly answer: boolean }
  | { readonly kind: "gone"; readonly id: string };

export interface LinesParts {
  readonly channel: Pick<BroadcastChannel, "postMessage" | "addEventListener" | "close"> | null;
  readonly id: string;
  /** Milliseconds, the same for all tabs. */
  readonly now: () => number;
  /** Calls `act` every `ms` until the answer is called. */
  readonly every: (ms: number, act: () => void) => () => void;
  /** Calls `act` when the other tabs have had time to answer. */
  readonly soon: (act: () => void) => void;
}

export class Lines {
  readonly #others = new Map<string, { tab: Tab; heard: number }>();
  readonly #observers = new Set<() => void>();
  #at: number;
  #active = false;
  /** The others have had time to say that they are there. */
  #knows = false;
  #share = 0;
  #rest: (() => void) | null = null;

  constructor(private readonly parts: LinesParts) {
    this.#at = parts.now();
    parts.channel?.addEventListener("message", (event) => this.#hear(event.data as Message));
  }

  /** How many lines this tab may hold now; 0 while it is not active. */
  get share(): number {
    return this.#share;
  }

  /** Calls `observer` after every change; returns how to stop. */
  observe(observer: () => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Whether this tab could use lines. */
  activate(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    if (active) {
      this.#tell(true);
      this.parts.soon(() => {
        this.#knows = true;
        this.#settle();
      });
      this.#rest = this.parts.every(EVERY, () => {
        this.#tell(false);
        this.#settle();
      });
    } else {
      this.#rest?.();
      this.#rest = null;
      this.#send({ kind: "gone", id: this.parts.id });
    }
    this.#settle();
  }

  /** Somebody has turned to this tab. */
  used(): void {
    this.#at = this.parts.now();
    if (this.#active) this.#tell(false);
    this.#settle();
  }

  #hear(message: Message): void {
    if (message.kind === "gone") this.#others.delete(message.id);
    else this.#others.set(message.tab.id, { tab: message.tab, heard: this.parts.now() });
    if (message.kind === "here" && message.answer && this.#active) this.#tell(false);
    this.#settle();
  }

  #tell(answer: boolean): void {
    this.#send({ kind: "here", tab: this.#me, answer });
  }

  #send(message: Message): void {
    this.parts.channel?.postMessage(message);
  }

  get #me(): Tab {
    return { id: this.parts.id, at: this.#at };
  }

  #settle(): void {
    const now = this.parts.now();
    for (const [id, { heard }] of this.#others) {
      if (heard < now - BELIEVED) this.#others.delete(id);
    }
    const others = [...this.#others.values()].map(({ tab }) => tab);
    const mine = this.#active && this.#knows ? share(this.#me, others) : 0;
    if (mine === this.#share) return;
    this.#share = mine;
    for (const observer of this.#observers) observer();
  }
}

/** The lines of this page. Whoever uses them says when. */
export const lines: Lines = new Lines({
  channel: "BroadcastChannel" in globalThis ? new BroadcastChannel("aside-lines") : null,
  id: Math.random().toString(36).slice(2),
  now: () => Date.now(),
  every: (ms, act) => {
    const timer = setInterval(act, ms);
    return () => clearInterval(timer);
  },
  soon: (act) => void setTimeout(act, ANSWERED),
});

globalThis.addEventListener?.("focus", () => lines.used());
globalThis.addEventListener?.("pagehide", () => lines.activate(false));
