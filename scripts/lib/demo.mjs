// The demo itself; scripts/demo.sh has built everything.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { synthesise, virtualDesktop } from "./desktop.mjs";
import { firstPicture, followToTheEnd } from "./follow.mjs";
import { endAll, Program } from "./program.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
const built = (name) => path.join(ROOT, "target/debug", name);
const FOLDER = path.join(ROOT, "demo-data");
const SECONDS = Number(process.env.TAKE_SECONDS ?? 10);
const EXIT = ["1", "yes", "true"].includes(process.env.EXIT ?? "");
const FIXTURE = path.join(ROOT, "tests/media/whisper/ggml-fixture-en.bin");
const SENTENCES = ["hello everyone welcome", "this is a screen recording", "click the green button"];
const say = (text = "") => console.log(text);
const interrupted = () => void endAll().then(() => process.exit(130));

async function main() {
  const real = !process.env.VIRTUAL && (process.env.WAYLAND_DISPLAY || process.env.DISPLAY);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });

  // The server with its embedded defaults, and a first account.
  const data = path.join(FOLDER, "server");
  const model = process.env.ASIDE_WHISPER_MODEL ?? (real ? null : FIXTURE);
  const listen = `127.0.0.1:${(await isFree(4646)) ? 4646 : 0}`;
  const serve = ["serve", "--data", data, "--listen", listen, ...(model ? ["--whisper-model", model] : [])];
  const server = new Program("aside-server", built("aside-server"), serve);
  const url = await server.line("listening on", (line) => /listening on (http:\/\/[^\s/]+)/.exec(line)?.[1]);
  const password = randomBytes(6).toString("hex");
  const email = "you@aside.example";
  const add = ["user", "add", email, "--password-stdin", "--role", "owner", "--data", data];
  await new Program("aside-server user add", built("aside-server"), add, { input: `${password}\n` }).done();
  const create = ["token", "create", "--user", email, "--name", "demo", "--data", data];
  const token = (await new Program("aside-server token", built("aside-server"), create).done()).at(-1).trim();

  say();
  say(`Server      ${url}   (sign in as ${email}, password ${password})`);
  const desktop = real ? await thisDesktop() : await virtualDesktop(path.join(FOLDER, "desktop"));
  const speech = real ? null : await synthesise(FOLDER, SENTENCES);
  say(`Recording   ${SECONDS} s of ${real ? "this desktop" : "a virtual desktop with a moving scene and spoken words"}`);

  const env = { ...desktop.env, ASIDE_SERVER: url, ASIDE_TOKEN: token, ASIDE_DATA_DIR: path.join(FOLDER, "recorder") };
  const args = ["record", "--json", "--title", "A first recording", "--duration", String(SECONDS), "--mic", desktop.mic ?? "default"];
  const recorder = new Program("aside record", built("aside"), args, { env });
  const event = (name, seconds) =>
    recorder.line(name, (line) => {
      const found = JSON.parse(line);
      return found.event === name ? found : null;
    }, seconds);
  const [started, stopped, uploaded] = [event("started", 120), event("stopped", SECONDS + 120), event("uploaded", SECONDS + 180)];
  for (const promise of [started, stopped, uploaded]) promise.catch(() => {});
  const link = await event("link");
  say();
  say(`Watch       ${link.url}`);
  say("            (the link works now, while it is being recorded)");
  say();

  await started;
  const speaking = speech ? desktop.speak(speech) : null;
  const playlist = await firstPicture(url, link.slug);
  const [end, account] = await Promise.all([followToTheEnd(playlist), stopped, speaking]);
  const receipt = await uploaded;
  await recorder.done();
  const watchable = Math.round(end.at - account.requested_unix_us / 1000);
  say(`Stopped     ${(account.duration_ms / 1000).toFixed(1)} s, ${receipt.parts} parts, ${receipt.missing} missing, ${account.frames_dropped} frames dropped`);
  say(`            the last frame was watchable ${watchable} ms after stop`);
  check(receipt.missing === 0, "parts are missing on the server");
  check(Math.abs(end.seconds * 1000 - account.duration_ms) < 100, `the playlist has ${end.seconds} s of ${account.duration_ms} ms`);

  await words(url, link.slug, account, model, speech !== null);
  await comment(url, link.slug);

  say();
  if (EXIT) return;
  say(`Open ${link.url} and answer at a second. The server stays up until you press Ctrl-C.`);
  await new Promise((resolve) => {
    process.off("SIGINT", interrupted);
    process.once("SIGINT", resolve);
  });
  say();
  say("The demo's server is stopped. Its recordings are in demo-data/ until the next demo.");
}

/** What this desktop can be recorded with: without a sound server there is no microphone to ask for. */
async function thisDesktop() {
  const sound = await new Program("pactl", "pactl", ["info"]).ended;
  return { env: process.env, mic: sound === 0 ? "default" : "none" };
}

async function words(url, slug, account, model, known) {
  if (!model) {
    say("Transcript  none: this server has no speech model. To read along, start with ASIDE_WHISPER_MODEL=base.en (a download)");
    return;
  }
  const read = async () => (await fetch(`${url}/api/watch/${slug}/transcript`)).json();
  let transcript = await read();
  for (let tries = 0; transcript.state !== "done" && tries < 600; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    transcript = await read();
  }
  const later = Math.round(Date.now() - account.requested_unix_us / 1000);
  const text = transcript.words.map((word) => (word.gap ? `\n            ${word.text.trim()}` : ` ${word.text.trim()}`)).join("").trim();
  say(`Transcript  ${text}`);
  say(`            the last word was there ${later} ms after stop`);
  if (known) say("            (by a tiny test model that knows 114 words of one synthetic voice)");
  check(transcript.state === "done", `the transcript is ${transcript.state}`);
  if (known && SECONDS >= 10) check(text.includes("screen recording"), `the transcript does not say what was said: ${text}`);
}

async function comment(url, slug) {
  const body = JSON.stringify({ at_ms: 2000, body: "Heard you, **thank you**", guest_name: "Ana" });
  const answer = await fetch(`${url}/api/watch/${slug}/comments`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  check(answer.status === 201, `the comment was answered with ${answer.status}: ${await answer.clone().text()}`);
  const written = await answer.json();
  say(`Comment     ${written.author.name} at 0:02: ${written.body}`);
}

function check(holds, what) {
  if (!holds) throw new Error(what);
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

if (!existsSync(built("aside-server"))) throw new Error("start this through `make demo`, which builds the programs");
process.once("SIGTERM", () => void endAll().then(() => process.exit(143)));
process.once("SIGINT", interrupted);
try {
  await main();
  await endAll();
} catch (error) {
  console.error(`\nThe demo did not work: ${error.message}`);
  await endAll();
  process.exit(1);
}
process.exit(0);
