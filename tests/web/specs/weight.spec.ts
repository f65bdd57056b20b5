// What `web/scripts/size.mjs` weighs is what the browser really loads by then.
import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Page } from "@playwright/test";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open, video } from "../support/player";
import { ROOT } from "../support/program";

type Files = Record<"asks" | "moves" | "plain", string[]>;
const weighed = () =>
  JSON.parse(execFileSync("node", [path.join(ROOT, "web/scripts/size.mjs"), "--files"], { encoding: "utf8" })) as Files;

const scripts = (page: Page) =>
  page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => new URL(name).pathname.slice(1))
      .filter((name) => name.endsWith(".js"))
      .sort(),
  );

test("who watches, reads the comments and opens nothing loads what a plain visit weighs", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const files = weighed();
  const recording = await samsRecorder.recorded(4);
  const said = await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}/comments`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ at_ms: 1000, body: "Said", guest_name: "Ana" }),
  });
  expect(said.status).toBe(201);
  for (const person of [undefined, await serverWithoutModel.person("mara@example.org")]) {
    const page = await visit(serverWithoutModel, person);
    await open(page, recording.url);
    await expect(page.getByTestId("comment-body")).toHaveText("Said");
    await page.keyboard.press("k");
    await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);
    expect(await scripts(page)).toEqual(files.plain.sort());
  }
});

test("before the picture nothing is loaded but the player and its keyboard", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const files = weighed();
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await page.addInitScript(() => {
    addEventListener("loadeddata", () => performance.mark("picture"), { capture: true, once: true });
  });
  await open(page, recording.url);
  const { asked, moved } = await page.evaluate(() => {
    const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const scripts = entries.filter(({ name }) => name.endsWith(".js"));
    const file = ({ name }: PerformanceResourceTiming) => new URL(name).pathname.slice(1);
    const watch = entries.find(({ name }) => name.includes("/api/watch/"))?.startTime ?? 0;
    const picture = performance.getEntriesByName("picture")[0]?.startTime ?? 0;
    return {
      asked: scripts.filter(({ responseEnd }) => responseEnd <= watch).map(file),
      moved: scripts.filter(({ startTime }) => startTime <= picture).map(file),
    };
  });
  expect(asked.sort()).toEqual(files.asks.sort());
  expect(moved.sort()).toEqual(files.moves.sort());
});
