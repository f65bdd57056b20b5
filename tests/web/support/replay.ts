// A finished recording, sent again: what the real recorder sent to a real server, once in a run, is sent to the server of each test
// that wants such a recording, under a new id, link and title. The server takes it in as it takes in any other.
import { randomBytes } from "node:crypto";
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

/** Sends it as a new recording; resolves with its slug once the server has given the receipt. */
export async function send({ create, parts, finish }: Sent, server: string, token: string, title?: string): Promise<string> {
  const slug = newSlug();
  const authorization = `Bearer ${token}`;
  const own = `${server}/api/recordings/${newId()}`;
  const json = { authorization, "content-type": "application/json" };
  const body = JSON.stringify({ ...create, slug, title: title ?? create.title, started_at: Date.now() * 1000 });
  await taken(fetch(own, { method: "PUT", headers: json, body }));
  const queue = [...parts];
  const upload = async () => {
    for (let part = queue.shift(); part; part = queue.shift()) {
      const headers = { authorization, "content-digest": part.digest, "content-type": "application/octet-stream" };
      await taken(fetch(`${own}${part.path}`, { method: "PUT", headers, body: Buffer.from(part.bytes, "base64") }));
    }
  };
  await Promise.all(Array.from({ length: 4 }, upload));
  await taken(fetch(`${own}/finish`, { method: "POST", headers: json, body: JSON.stringify(finish) }));
  return slug;
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
