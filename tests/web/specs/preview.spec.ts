// Posters that play while the pointer rests on them.
import { test } from "../support/pages";
import { expect, SYNTHETIC } from "../support/test";

test("a poster plays without sound while the mouse rests on it, and stands still again when it leaves", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Bug in login"]);
  const page = await visit(serverWithoutModel, sam);
  const sounds: string[] = [];
  page.on("request", (request) => {
    if (/\/audio\//.test(request.url())) sounds.push(request.url());
  });
  await page.goto("/");
  await page.getByTestId("recording").locator(".poster").hover();
  const preview = page.getByTestId("preview");
  await expect.poll(() => preview.evaluate((it: HTMLVideoElement) => it.currentTime)).toBeGreaterThan(0.5);
  expect(await preview.evaluate((it: HTMLVideoElement) => it.muted)).toBe(true);
  expect(sounds, "nothing is loaded that nobody hears").toEqual([]);
  await page.getByRole("heading", { name: "Your recordings" }).hover();
  await expect(preview).toHaveCount(0);
});

test("where motion is unwelcome nothing moves and nothing is loaded", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Bug in login"]);
  const page = await visit(serverWithoutModel, sam, { reducedMotion: "reduce" });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.clock.install();
  await page.goto("/");
  await page.getByTestId("recording").locator(".poster").hover();
  await page.clock.runFor(2000);
  await expect(page.getByTestId("recording")).toHaveCount(1);
  expect(asked.filter((url) => /preview|\/api\/watch\/[^/]+$|\/media\//.test(url))).toEqual([]);
});
