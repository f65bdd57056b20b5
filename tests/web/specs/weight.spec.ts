// What `web/scripts/size.mjs` weighs is what the browser really loads by then.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";
import { ROOT } from "../support/program";

type Files = Record<"asks" | "moves" | "all", string[]>;

test("before the picture nothing is loaded but the player and its keyboard", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const files = JSON.parse(execFileSync("node", [path.join(ROOT, "web/scripts/size.mjs"), "--files"], { encoding: "utf8" })) as Files;
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
