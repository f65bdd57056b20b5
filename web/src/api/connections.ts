/**
 * Shares out, among the tabs of this site, the connections that wait for the server.
 *
 * Over HTTP/1.1 a browser opens six connections to a server, all tabs together. An event stream holds one for as long as
 * it is open, and so does each playlist request that waits for the next part; with six of them held, every other
 * request of every tab waits for ever. So tabs announce themselves to each other (`BroadcastChannel`, which unlike Web Locks
 * also exists on plain HTTP), and hold no more than `MAX_CONNECTIONS` in all. Who gets none asks again and again instead.
 */

/** Connections that may wait for the server, all tabs together: two are left for everything else. */
export const MAX_CONNECTIONS = 4;
/** How often a tab announces itself, and how long after the last announcement it counts as open, in milliseconds. */
const ANNOUNCE_INTERVAL = 2000;
const PEER_TIMEOUT = 7000;
/** How long the others have to answer a tab that is new, in milliseconds. */
const ANSWER_TIMEOUT = 150;

/** A tab that could use connections: it is shown, or it plays. */
export interface Tab {
  readonly id: string;
  /** When somebody last turned to it, in milliseconds: whoever uses a tab is served first. */
  readonly at: number;
}

/** How many connections `me` may hold: an even share, and what is left over goes to those used last. */
export function share(me: Tab, others: readonly Tab[]): number {
  const tabs = [me, ...others].sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  const place = tabs.indexOf(me);
  return Math.floor(MAX_CONNECTIONS / tabs.length) + (place < MAX_CONNECTIONS % tabs.length ? 1 : 0);
}

type Message =
  | { readonly kind: "here"; readonly tab: Tab; readonly answer: boolean }
  | { readonly kind: "gone"; readonly id: string };

export interface ConnectionPoolParts {
  readonly channel: Pick<BroadcastChannel, "postMessage" | "addEventListener" | "close"> | null;
  readonly id: string;
  /** Milliseconds, the same for all tabs. */
  readonly now: () => number;
  /** Calls `act` every `ms` until the answer is called. */
  readonly every: (ms: number, act: () => void) => () => void;
  /** Calls `act` when the other tabs have had time to answer. */
  readonly soon: (act: () => void) => void;
}

export class ConnectionPool {
  readonly #others = new Map<string, { tab: Tab; seenAt: number }>();
  readonly #observers = new Set<() => void>();
  #at: number;
  #active = false;
  /** The others have had time to say that they are there. */
  #discovered = false;
  #share = 0;
  #stopAnnouncing: (() => void) | null = null;

  constructor(private readonly parts: ConnectionPoolParts) {
    this.#at = parts.now();
    parts.channel?.addEventListener("message", (event) => this.#receive(event.data as Message));
  }

  /** How many connections this tab may hold now; 0 while it is not active. */
  get share(): number {
    return this.#share;
  }

  /** Calls `observer` after every change; returns how to stop. */
  observe(observer: () => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Whether this tab could use connections. */
  activate(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    if (active) {
      this.#announce(true);
      this.parts.soon(() => {
        this.#discovered = true;
        this.#update();
      });
      this.#stopAnnouncing = this.parts.every(ANNOUNCE_INTERVAL, () => {
        this.#announce(false);
        this.#update();
      });
    } else {
      this.#stopAnnouncing?.();
      this.#stopAnnouncing = null;
      this.#send({ kind: "gone", id: this.parts.id });
    }
    this.#update();
  }

  /** Somebody has turned to this tab. */
  touch(): void {
    this.#at = this.parts.now();
    if (this.#active) this.#announce(false);
    this.#update();
  }

  #receive(message: Message): void {
    if (message.kind === "gone") this.#others.delete(message.id);
    else this.#others.set(message.tab.id, { tab: message.tab, seenAt: this.parts.now() });
    if (message.kind === "here" && message.answer && this.#active) this.#announce(false);
    this.#update();
  }

  #announce(answer: boolean): void {
    this.#send({ kind: "here", tab: this.#me, answer });
  }

  #send(message: Message): void {
    this.parts.channel?.postMessage(message);
  }

  get #me(): Tab {
    return { id: this.parts.id, at: this.#at };
  }

  #update(): void {
    const now = this.parts.now();
    for (const [id, { seenAt }] of this.#others) {
      if (seenAt < now - PEER_TIMEOUT) this.#others.delete(id);
    }
    const others = [...this.#others.values()].map(({ tab }) => tab);
    const mine = this.#active && this.#discovered ? share(this.#me, others) : 0;
    if (mine === this.#share) return;
    this.#share = mine;
    for (const observer of this.#observers) observer();
  }
}

/** The connections of this page. Whoever uses them says when. */
export const connections: ConnectionPool = new ConnectionPool({
  channel: "BroadcastChannel" in globalThis ? new BroadcastChannel("aside-lines") : null,
  id: Math.random().toString(36).slice(2),
  now: () => Date.now(),
  every: (ms, act) => {
    const timer = setInterval(act, ms);
    return () => clearInterval(timer);
  },
  soon: (act) => void setTimeout(act, ANSWER_TIMEOUT),
});

globalThis.addEventListener?.("focus", () => connections.touch());
globalThis.addEventListener?.("pagehide", () => connections.activate(false));
