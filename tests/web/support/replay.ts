// A finished recording, sent again: what the real recorder sent to a real server, once in a run, is sent to the server of each test
// that wants such a recording, under a new id, link and title. The server takes it in as it takes in any other.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Part {
  /** Below the recording's own path. */
  path: string;
  digest: string;
  /** Base64. */
  bytes: string;
}

export interface Sent {
  create: { slug: string; title: string; started_at: number; tracks: unknown[] };
  parts: Part[];
  finish: { tracks: { name: string; parts: string[] }[] };
}

/** The same recording with a track that ended early: of `track` its first `parts` parts. */
export function endedEarly(sent: Sent, track: string, parts: number): Sent {
  const isThere = ({ path }: Part) => {
    const [, name, number] = /^\/tracks\/([^/]+)\/parts\/(\d+)$/.exec(path) ?? [];
    return name !== track || Number(number) < parts;
  };
  const tracks = sent.finish.tracks.map((it) => (it.name === track ? { ...it, parts: it.parts.slice(0, parts) } : it));
  return { ...sent, parts: sent.parts.filter(isThere), finish: { tracks } };
}

/** The same recording whose events track, one part of so many milliseconds, tells who is heard from when on, and nothing else. */
export function heard(sent: Sent, length_ms: number, turns: readonly { at_ms: number; source: string }[]): Sent {
  const line = (it: object) => `${JSON.stringify(it)}\n`;
  const told = turns.map((turn) => line({ type: "heard", ...turn }));
  const bytes = Buffer.from(line({ start_ms: 0, end_ms: length_ms }) + told.join(""));
  const hash = (as: "hex" | "base64") => createHash("sha256").update(bytes).digest(as);
  const part = { path: "/tracks/events/parts/0", digest: `sha-256=:${hash("base64")}:`, bytes: bytes.toString("base64") };
  const init = Buffer.from(line({ format: "aside-events", version: 1 })).toString("base64");
  const created = sent.create.tracks.filter((it) => (it as { name: string }).name !== "events");
  const finished = sent.finish.tracks.filter(({ name }) => name !== "events");
  return {
    create: { ...sent.create, tracks: [...created, { name: "events", init }] },
    parts: [...sent.parts.filter((it) => !isTold(it)), part],
    finish: { tracks: [...finished, { name: "events", parts: [hash("hex")] }] },
  };
}

/** Whether a part is one of the events track. */
export const isTold = ({ path }: Part) => path.startsWith("/tracks/events/");

/** Stands between a recorder and a server, and keeps what a recording is made of. */
export class Listener {
  readonly sent: Partial<Sent> & { parts: Part[] } = { parts: [] };
  private readonly http;

  constructor(server: string) {
    this.http = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const { method = "GET", url = "/" } = request;
      const headers = new Headers();
      for (const name of ["authorization", "content-type", "content-digest", "user-agent"]) {
        const value = request.headers[name];
        if (typeof value === "string") headers.set(name, value);
      }
      try {
        const answer = await fetch(new URL(url, server), { method, headers, body: body.length > 0 || method === "PUT" ? body : undefined });
        if (answer.ok) this.keep(method, url, headers.get("content-digest"), body);
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/octet-stream" });
        response.end(Buffer.from(await answer.arrayBuffer()));
      } catch {
        response.destroy();
      }
    });
  }

  private keep(method: string, url: string, digest: string | null, body: Buffer) {
    const [, below] = /^\/api\/recordings\/[^/]+(.*)$/.exec(url) ?? [];
    if (method === "PUT" && below === "") this.sent.create = JSON.parse(body.toString()) as Sent["create"];
    else if (method === "PUT" && below && digest) this.sent.parts.push({ path: below, digest, bytes: body.toString("base64") });
    else if (method === "POST" && below === "/finish") this.sent.finish = JSON.parse(body.toString()) as Sent["finish"];
  }

  async start(): Promise<string> {
    await new Promise<void>((ready) => this.http.listen(0, "127.0.0.1", ready));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  end() {
    this.http.closeAllConnections();
    this.http.close();
  }

  /** What a whole recording was made of. */
  whole(): Sent {
    const { create, parts, finish } = this.sent;
    if (!create || finish === undefined) throw new Error("the recorder did not finish");
    return { create, parts, finish };
  }
}

/** A recording that goes on. */
export interface Begun {
  slug: string;
  put(part: Part): Promise<void>;
  finish(): Promise<void>;
}

/** Sends it as a new recording; resolves with its slug once the server has given the receipt. */
export async function send(sent: Sent, server: string, token: string, title?: string): Promise<string> {
  const begun = await begin(sent, server, token, title);
  await begun.finish();
  return begun.slug;
}

/** The same without its end. */
export async function begin({ create, parts, finish }: Sent, server: string, token: string, title?: string): Promise<Begun> {
  const slug = newSlug();
  const authorization = `Bearer ${token}`;
  const own = `${server}/api/recordings/${newId()}`;
  const json = { authorization, "content-type": "application/json" };
  const body = JSON.stringify({ ...create, slug, title: title ?? create.title, started_at: Date.now() * 1000 });
  await taken(fetch(own, { method: "PUT", headers: json, body }));
  const put = async (part: Part) => {
    const headers = { authorization, "content-digest": part.digest, "content-type": "application/octet-stream" };
    await taken(fetch(`${own}${part.path}`, { method: "PUT", headers, body: Buffer.from(part.bytes, "base64") }));
  };
  const queue = [...parts];
  const upload = async () => {
    for (let part = queue.shift(); part; part = queue.shift()) await put(part);
  };
  await Promise.all(Array.from({ length: 4 }, upload));
  const end = () => taken(fetch(`${own}/finish`, { method: "POST", headers: json, body: JSON.stringify(finish) }));
  return { slug, put, finish: end };
}

async function taken(asked: Promise<Response>): Promise<void> {
  const answer = await asked;
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} was answered ${answer.status}: ${body}`);
}

/** UUIDv7. */
function newId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const newSlug = () => Array.from(randomBytes(22), (byte) => SYMBOLS[byte % SYMBOLS.length]).join("");
