// The transcript: following, searching, quoting it.
import { expect, spoken } from "../support/test";
import { test } from "../support/pages";
import { at, open, root, video } from "../support/player";

/** 8.6 s: "… click the green button …" */
const SPEECH = ["--screen", "synthetic", "--mic", `file:${spoken("screen.wav")}`];

test("words are clicked, followed, searched and shown as captions", async ({ visit, server, owner }) => {
  const recording = await server.recorder(owner).recorded(10, SPEECH);
  const page = await visit(server);
  await open(page, recording.url);
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

test("the spoken word stays in the middle of the list, with what comes below it", async ({ visit, server, spokenRecording }) => {
  // Low enough that the text does not fit.
  const page = await visit(server, undefined, { viewport: { width: 1280, height: 330 } });
  await open(page, spokenRecording.url);
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
  const middle = page.getByTestId("word").filter({ hasText: /^test$/i });
  // The word is current for a third of a second: playback pauses there, so that it cannot pass between two looks.
  await middle.evaluate((word) => {
    const pause = () => word.getAttribute("aria-current") === "true" && document.querySelector("video")?.pause();
    new MutationObserver(pause).observe(word, { attributes: true, attributeFilter: ["aria-current"] });
  });
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("k");
  await expect(middle).toHaveAttribute("aria-current", "true", { timeout: 30_000 });
  const off = () =>
    middle.evaluate((word) => {
      const [box, list] = [word.getBoundingClientRect(), word.closest(".text")?.getBoundingClientRect()];
      if (!list) return Number.NaN;
      return Math.abs(box.top + box.height / 2 - list.top - list.height / 2) / list.height;
    });
  await expect.poll(off, "distance from the middle, as a share of the list's height").toBeLessThan(0.2);
  expect(await page.evaluate(() => scrollY), "the page itself stands still").toBe(0);
});

test("a hit of the search leads the player there, and the next one on", async ({ visit, server, spokenRecording }) => {
  const page = await visit(server);
  await open(page, spokenRecording.url);
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
  await page.getByTestId("open-search").click();
  const field = page.getByTestId("transcript-search");
  await field.fill("the");
  const chosen = page.locator("[data-testid=word].chosen");
  const starts: number[] = [];
  for (const hit of [1, 2, 3]) {
    await field.press("Enter");
    await expect(page.getByTestId("transcript-hits")).toHaveText(new RegExp(`^${hit} of`));
    const start = Number(await chosen.getAttribute("data-start-ms")) / 1000;
    await at(page, start);
    starts.push(start);
  }
  expect(new Set(starts).size).toBe(3);
});

test("marked words are commented on: quoted, at their moment, as long as they last", async ({ visit, server, owner }) => {
  const recording = await server.recorder(owner).recorded(10, SPEECH);
  const page = await visit(server, owner);
  await open(page, recording.url);
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
  const [green, button] = ["green", "button"].map((word) =>
    page.getByTestId("word").filter({ hasText: new RegExp(`^${word}$`, "i") }),
  );
  if (!green || !button) throw new Error("two words");
  const [from, to] = [await green.boundingBox(), await button.boundingBox()];
  if (!from || !to) throw new Error("the words are on the page");
  await page.mouse.move(from.x + 1, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width - 2, to.y + to.height / 2, { steps: 5 });
  await page.mouse.up();
  await page.getByTestId("comment-on-words").click();
  await expect(page.getByTestId("comment-field")).toBeFocused();
  await expect(page.getByTestId("comment-field")).toHaveValue(/^> green button\n\n$/i);
  await page.keyboard.type("Which one?");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("comment-body").locator("blockquote")).toHaveText(/^\s*green button\s*$/i);
  const { comments } = await (await fetch(`${server.url}/api/watch/${recording.slug}/comments`)).json();
  expect(comments[0].at_ms).toBe(Number(await green.getAttribute("data-start-ms")));
  expect(comments[0].end_ms).toBeGreaterThan(Number(await button.getAttribute("data-start-ms")));
});

test("words arrive while the recording runs", async ({ visit, server, owner }) => {
  const recording = await server.recorder(owner).record(SPEECH);
  const page = await visit(server);
  await open(page, recording.url, "recording");
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("word").filter({ hasText: /^hello$/i })).toBeVisible({ timeout: 60_000 });
  await expect(root(page)).toHaveAttribute("data-state", "recording");
  await recording.stop();
  await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "done", { timeout: 60_000 });
});

test("without a model a member is told what to do, and a guest is not", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(5, SPEECH);
  const [member, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  for (const page of [member, guest]) {
    await open(page, recording.url);
    await page.getByTestId("tab-transcript").click();
    await expect(page.getByTestId("transcript")).toHaveAttribute("data-state", "no_model", { timeout: 60_000 });
  }
  await expect(member.getByTestId("transcript-hint")).toContainText("--whisper-model");
  await expect(guest.getByTestId("transcript-hint")).not.toContainText("--whisper-model");
});

test("a recording without sound says that there is nothing to read", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, ["--screen", "synthetic", "--mic", "none"]);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await page.getByTestId("tab-transcript").click();
  await expect(page.getByTestId("transcript-hint")).toContainText("no sound");
});
