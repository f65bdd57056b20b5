// A range of a recording as a file, steps to print, and lively seconds in the library.
import { readFileSync } from "node:fs";
import { nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { open } from "../support/player";
import { expect, SYNTHETIC } from "../support/test";

test("a range is saved as a GIF, steps are a page of their own, and a poster plays the lively seconds", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(5, [...SYNTHETIC, "--title", "Bug in login"]);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  await page.getByTestId("more").click();
  await page.getByTestId("open-clip").click();
  await page.getByTestId("clip-from").fill("0:01");
  await page.getByTestId("clip-until").fill("0:30");
  await page.getByTestId("clip-gif").check();
  await nothingFound(page, "clip");
  await page.getByTestId("clip-make").click();
  await expect(page.getByTestId("clip-panel").getByRole("alert")).toHaveText("This range may be at most 15 seconds long.");
  await page.getByTestId("clip-until").fill("0:03");
  const saved = page.waitForEvent("download");
  await page.getByTestId("clip-make").click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe("Bug in login 0m01s.gif");
  expect(readFileSync(await file.path()).subarray(0, 6).toString()).toBe("GIF89a");
  await expect(page.getByTestId("clip-panel")).toHaveCount(0);

  await page.getByTestId("more").click();
  const printable = page.waitForEvent("download");
  await page.getByTestId("steps-pdf").click();
  const pdf = await printable;
  expect(pdf.suggestedFilename()).toBe("Bug in login.pdf");
  expect(readFileSync(await pdf.path()).subarray(0, 5).toString()).toBe("%PDF-");
  const opened = page.waitForEvent("popup");
  await page.getByTestId("steps").click();
  const steps = await opened;
  await expect(steps.getByRole("heading", { name: "Bug in login" })).toBeVisible();
  await expect.poll(() => steps.locator("img").first().evaluate((it: HTMLImageElement) => it.naturalWidth)).toBeGreaterThan(0);
  await nothingFound(steps, "steps");
  await steps.close();

  const address = new URL(recording.url);
  const preview = `${address.origin}${address.pathname.replace("/w/", "/api/watch/")}/preview.mp4`;
  await expect.poll(async () => (await page.request.get(preview)).status(), { timeout: 60_000 }).toBe(200);
  await page.goto("/");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.getByTestId("recording").locator(".poster").hover();
  const moving = page.getByTestId("preview");
  await expect.poll(() => moving.evaluate((it: HTMLVideoElement) => it.currentTime)).toBeGreaterThan(0.2);
  expect(asked.filter((url) => /\/media\//.test(url)), "no part is loaded").toEqual([]);
});
