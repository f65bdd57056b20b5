// The reference client of the Model Context Protocol (its TypeScript SDK) finds and calls every tool. No page: an agent has none.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { test } from "../support/pages";
import { built, ROOT } from "../support/program";
import { expect } from "../support/test";

const VTT = `WEBVTT

00:00.000 --> 00:01.500
Here is the cart.

00:02.000 --> 00:03.500
The total says minus twelve euros!

00:04.000 --> 00:05.000
Thank you.
`;

interface Sentence {
  text: string;
  start_ms: number;
}

test("the reference client calls every tool, and with nothing but them an agent names sentence, second and frame of a bug", async ({
  serverWithoutModel: server,
  sam,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(6);
  const ask = async (method: string, path: string, body: string, type = "application/json") => {
    const headers = { authorization: `Bearer ${sam.token}`, "content-type": type };
    const answer = await fetch(`${server.url}${path}`, { method, headers, body });
    expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
    return (await answer.json()) as Record<string, string>;
  };
  const { id } = (await (await fetch(`${server.url}/api/watch/${recording.slug}`)).json()) as { id: string };
  await ask("PUT", `/api/recordings/${id}/transcript/file`, VTT, "text/vtt");
  const drawing = { shapes: [{ tool: "box", color: "red", points: [100, 100, 900, 900] }] };
  const drawn = await ask("POST", `/api/watch/${recording.slug}/comments`, JSON.stringify({ at_ms: 2000, body: "Here", drawing }));
  const { token } = await ask("POST", "/api/tokens", JSON.stringify({ name: "agent", scopes: ["read", "comment"] }));

  const client = new Client({ name: "spec", version: "1" });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers } }));
  const { tools } = await client.listTools();
  const guide = readFileSync(path.join(ROOT, "docs/AGENTS.md"), "utf8");
  const documented = [...guide.matchAll(/^\| `(\w+)` \|/gmu)].map((it) => it[1]);
  expect(tools.map(({ name }) => name).sort()).toEqual(documented.sort());

  type Answer = Record<string, unknown> & { untrusted: { sentences: Sentence[]; hits: unknown[]; comments: { text: string }[] } };
  const called = new Set<string>();
  const call = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args });
    expect(result.isError, `${name}: ${JSON.stringify(result)}`).toBe(false);
    called.add(name);
    const picture = (result.content as { type: string; data?: string; mimeType?: string }[])[0];
    return { told: result.structuredContent as Answer, picture };
  };
  // The worker makes what can be searched for within a moment.
  let found: { recording: string }[] = [];
  await expect
    .poll(async () => (found = (await call("search_recordings", { query: "total minus" })).told.hits as typeof found).length)
    .toBeGreaterThan(0);
  const which = { recording: found[0]?.recording };
  expect(which.recording).toBe(recording.slug);
  expect((await call("get_recording", which)).told.transcript).toMatchObject({ state: "done" });
  const { sentences } = (await call("read_transcript", which)).told.untrusted;
  const bug = sentences.find(({ text }) => text.includes("minus"));
  expect(bug).toMatchObject({ text: "The total says minus twelve euros!", start_ms: 2000 });
  const at_ms = bug?.start_ms;
  // The picture of that second, as everybody gets it, and no other one.
  const { told, picture } = await call("get_frame", { ...which, at_ms, max_width: 320 });
  expect(told.at_ms).toBe(2000);
  const frame = async (ms: number) => {
    const answer = await fetch(`${server.url}/api/watch/${recording.slug}/frames/${ms}.png?width=320`);
    return Buffer.from(await answer.arrayBuffer()).toString("base64");
  };
  expect(picture).toMatchObject({ type: "image", mimeType: "image/png", data: await frame(2000) });
  expect(picture?.data).not.toBe(await frame(0));
  expect((await call("list_key_frames", which)).told.at_ms).toBeInstanceOf(Array);

  const written = await call("comment", { ...which, at_ms, text: "The total is negative." });
  expect(written.told).toMatchObject({ at_ms: 2000, by_agent: true });
  const { comments } = (await call("read_comments", which)).told.untrusted;
  expect(comments.map(({ text }) => text)).toContain("The total is negative.");
  expect((await call("read_drawing", { ...which, comment: drawn.id })).told.untrusted).toMatchObject({ shapes: [{ tool: "box" }] });
  expect(JSON.stringify((await call("list_recordings", {})).told)).toContain(recording.slug);
  expect([...called].sort(), "a tool that is listed and not called here").toEqual(documented.sort());
  await client.close();

  // The same tools for a client that starts programs.
  const local = new Client({ name: "spec", version: "1" });
  const env = { ASIDE_TOKEN: token ?? "", PATH: process.env.PATH ?? "" };
  const args = ["mcp", "--stdio", "--server", server.url];
  await local.connect(new StdioClientTransport({ command: built("aside-server"), args, env }));
  expect((await local.listTools()).tools).toEqual(tools);
  await local.close();
});
