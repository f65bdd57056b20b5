// Reading instead of watching.
import { expect, spoken } from "../support/test";
import { test } from "../support/pages";
import { at, open, root, video } from "../support/player";

/** 8.6 s: "… click the green button …" */
const SPEECH = ["--screen", "synthetic", "--mic", `file:${spoken("screen.wav")}`];

test("words are clicked, followed, searched and shown as captions", async ({ visit, house, owner }) => {
  const take = await house.computer(owner).recorded(10, SPEECH);
  const page = await visit(house);
  await open(page, take.url);
  await page.getByTestId("tab-transcript").click();
  const green = page.getByTestId("word").filter({ hasText: /^green$/i });
  await expect(green).toBeVisible({ timeout: 60_000 });
  await green.click();
  await at(page, Number(await green.getAttribute("data-start-ms")) / 1000);

  await page.getByTestId("play").click();
  await expect(page.locator("[data-testid=word][aria-current=true]")).toHaveText(/green|button/i);

  await page.getByTestId("transcript").focus();
  await page.keyboard.press("Control+f");
  await page.getByTestId("transcript-search").fill("green butt");
  await expect(page.getByTestId("transcript-hits")).toHaveText("1 of 1");
  await page.getByTestId("transcript-search").press("Escape");
  await expect(page.getByTestId("transcript-search")).toHaveCount(0);

  await page.getByTestId("captions").click();
  await expect(page.getByTestId("captions")).toHaveAttribute("aria-pressed", "true");
  const cues = () =>
    video(page).evaluate((it: HTMLVideoElement) =>
      [...it.textTracks]
        .filter((track) => track.mode === "showing")
        .flatMap((track) => [...(track.cues ?? [])].map((cue) => (cue as VTTCue).text))
        .join(" "),
    );
  await expect.poll(cues).toMatch(/green button/i);
});

test("words arrive while the take runs", async ({ visit, house, owner }) => {
  const take = await house.computer(owner).record(SPEECH);
  const page = await visit(house);
  await open(page, take.url, "recording");
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("word").filter({ hasText: /^hello$/i })).toBeVisible({ timeout: 60_000 });
  await expect(root(page)).toHaveAttribute("data-state", "recording");
  await take.stop();
  await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
});

test("without a model a member is told what to do, and a guest is not", async ({ visit, quietHouse, sam, desk }) => {
  const take = await desk.recorded(5, SPEECH);
  const [member, guest] = [await visit(quietHouse, sam), await visit(quietHouse)];
  for (const page of [member, guest]) {
    await open(page, take.url);
    await page.getByTestId("tab-transcript").click();
    await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "no_model", { timeout: 60_000 });
  }
  await expect(member.getByTestId("transcript-hint")).toContainText("--whisper-model");
  await expect(guest.getByTestId("transcript-hint")).not.toContainText("--whisper-model");
});

test("a take without sound says that there is nothing to read", async ({ visit, quietHouse, desk }) => {
  const take = await desk.recorded(3, ["--screen", "synthetic", "--mic", "none"]);
  const page = await visit(quietHouse);
  await open(page, take.url);
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("transcript-hint")).toContainText("no sound");
});
