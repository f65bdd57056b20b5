// Transcripts that lag, have gaps or have failed. The server runs without a worker here until the
// test starts one, and sound is damaged in its object store.
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TestServer } from "../support/test-server";
import { expect, spoken } from "../support/test";
import { test as base } from "../support/pages";
import { open } from "../support/player";

const SPEECH = ["--screen", "synthetic", "--mic", `file:${spoken("screen.wav")}`];

const test = base.extend<{ serverWithoutWorker: TestServer }>({
  serverWithoutWorker: async ({}, use) => {
    const server = new TestServer({ model: true, worker: false });
    try {
      await server.start();
      await use(server);
    } finally {
      server.end();
    }
  },
});

/** The objects of the sound of the only recording, in the order of its parts: their numbers have leading zeros. */
function soundOf(server: TestServer): string[] {
  return readdirSync(server.data, { recursive: true, encoding: "utf8" })
    .filter((name) => /\/audio\/.*\.m4s$/.test(name))
    .map((name) => path.join(server.data, name))
    .sort();
}

test("a transcript that lags a recording in progress says by how much, and catches up", async ({ visit, serverWithoutWorker }) => {
  const sam = await serverWithoutWorker.person("sam@example.org", "owner");
  const recording = await serverWithoutWorker.recorder(sam).record(SPEECH);
  const page = await visit(serverWithoutWorker, sam);
  await open(page, recording.url, "recording");
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("transcript-progress")).toHaveText("Waiting to be transcribed");
  await expect(page.getByTestId("transcript-progress")).toHaveText(/^\s*Transcript is \d+ sec behind$/, { timeout: 60_000 });
  serverWithoutWorker.startWorker();
  await expect(page.getByTestId("word").filter({ hasText: /^green$/i })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId("transcript-progress")).not.toContainText("behind");
  await recording.stop();
  await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
  await expect(page.getByTestId("transcript-progress")).toHaveCount(0);
});

test("what could not be transcribed is named where it belongs", async ({ visit, serverWithoutWorker }) => {
  const sam = await serverWithoutWorker.person("sam@example.org", "owner");
  const recording = await serverWithoutWorker.recorder(sam).recorded(10, SPEECH);
  const parts = soundOf(serverWithoutWorker);
  expect(parts.length).toBeGreaterThan(15);
  // About the last two seconds; the sentence is over by then.
  for (const part of parts.slice(-4)) renameSync(part, `${part}.away`);
  const page = await visit(serverWithoutWorker);
  await open(page, recording.url);
  await page.getByTestId("tab-transcript").click();
  serverWithoutWorker.startWorker();
  await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
  await expect(page.getByTestId("missing")).toHaveText(/0:0[78]\s*No transcript up to 0:(09|10): the sound could not be read here\./);
  await expect(page.getByTestId("word").filter({ hasText: /^green$/i })).toBeVisible();
  expect(await page.locator("[data-testid=transcript] .text > p").last().getAttribute("data-testid"), "it stands behind the words").toBe("missing");
  await page.reload();
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("missing")).toHaveCount(1);
});

test("the owner has a transcript made that was given up, and nobody else is offered that", async ({ visit, serverWithoutWorker }) => {
  const sam = await serverWithoutWorker.person("sam@example.org", "owner");
  const recording = await serverWithoutWorker.recorder(sam).recorded(10, SPEECH);
  const whole = soundOf(serverWithoutWorker).map((part) => [part, readFileSync(part)] as const);
  for (const [part, bytes] of whole) {
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, damaged.indexOf("mdat") + 4);
    writeFileSync(part, damaged);
  }
  const [owner, guest] = [await visit(serverWithoutWorker, sam), await visit(serverWithoutWorker)];
  for (const page of [owner, guest]) {
    await open(page, recording.url);
    await page.getByTestId("tab-transcript").click();
  }
  serverWithoutWorker.startWorker();
  for (const page of [owner, guest]) await expect(page.getByTestId("transcript-failed")).toBeVisible({ timeout: 60_000 });
  await expect(guest.getByTestId("retry-transcript")).toHaveCount(0);
  for (const [part, bytes] of whole) writeFileSync(part, bytes);
  await owner.getByTestId("retry-transcript").click();
  for (const page of [owner, guest]) {
    await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
    await expect(page.getByTestId("word").filter({ hasText: /^green$/i })).toBeVisible();
    await expect(page.getByTestId("transcript-failed")).toHaveCount(0);
  }
});
