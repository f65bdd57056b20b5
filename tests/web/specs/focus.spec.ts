// The keyboard alone: no act throws the focus away, and typing is never taken for commands.
import type { Page } from "@playwright/test";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { typeEvery } from "../support/keys";
import { at, open, paused, playing, position, video } from "../support/player";

/** What has the focus, in a word or two. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const it = document.activeElement as HTMLElement | null;
    return it?.dataset.testid ?? it?.tagName.toLowerCase() ?? "nothing";
  });
const becomes = (page: Page, what: string) => expect.poll(() => focused(page)).toBe(what);

async function write(page: Page, text: string): Promise<void> {
  await page.keyboard.press("c");
  await page.getByTestId("comment-field").fill(text);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("comment-body").filter({ hasText: text })).toBeVisible();
}

// Who pauses for more than a second after a word and goes on with c has done what the page told them to do.
const SENTENCES = ["look at this", "my fault", "the muffin", "?what is it"];
for (const [typist, every, sentences] of [
  ["a quick typist", 60, [...SENTENCES, "just check"]],
  ["a slow one", 1200, [...SENTENCES, "just like it"]],
] as const) {
  test(`a sentence that ${typist} types at the page moves nothing, and says how to comment`, async ({ visit, serverWithoutModel, samsRecorder }) => {
    const recording = await samsRecorder.recorded(14);
    const page = await visit(serverWithoutModel);
    for (const sentence of sentences) {
      await open(page, `${recording.url}?t=2`);
      await at(page, 2);
      await typeEvery(page, sentence, every);
      await expect(page.getByTestId("toast").last()).toContainText("press c");
      await at(page, 2);
      expect(await paused(page)).toBe(true);
      expect(await video(page).evaluate((it: HTMLVideoElement) => it.muted)).toBe(false);
      expect(await page.evaluate(() => document.fullscreenElement)).toBeNull();
      await expect(page.getByTestId("help-dialog")).toHaveCount(0);
      await expect(page.getByTestId("comment-field")).toHaveValue("");
    }
  });
}

test("text that goes on after a pause is taken back to where the recording stood, although its events are late", async ({
  visit,
  serverWithoutModel,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(14);
  const page = await visit(serverWithoutModel);
  await open(page, `${recording.url}?t=2`);
  await at(page, 2);
  // All in one task, so that no event of the media comes in between.
  await page.evaluate(() => {
    for (const [key, at] of [["l", 0], ["o", 100], ["l", 1500], ["o", 1600]] as const) {
      const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
      Object.defineProperty(event, "timeStamp", { value: performance.now() + at });
      document.body.dispatchEvent(event);
    }
  });
  // A skip that was not taken back is seen at once; one that was leaves the picture where it is.
  expect(await position(page)).toBeCloseTo(2, 1);
  await at(page, 2);
});

test("c begins a comment, and what is typed after it is its text", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await open(page, `${recording.url}?t=2`);
  await at(page, 2);
  await page.keyboard.type("clook at this");
  await expect(page.getByTestId("comment-field")).toHaveValue("look at this");
  await expect(page.getByTestId("time-chip")).toHaveText("0:02");
});

test("skips that are meant are kept when a wrong key follows them", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await open(page, `${recording.url}?t=1`);
  await at(page, 1);
  await typeEvery(page, "lllo", 200);
  await expect.poll(() => position(page)).toBeGreaterThan(3.5);
});

test("the focus goes on after sending, deleting, undoing, resolving, unfolding and leaving", async ({
  visit,
  serverWithoutModel,
  sam,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  await write(page, "First");
  await becomes(page, "comment");
  await write(page, "Second");
  await becomes(page, "comment");

  // Edit, and leave it.
  const first = page.getByTestId("comment").filter({ hasText: "First" });
  await first.getByTestId("edit").focus();
  await page.keyboard.press("Enter");
  await becomes(page, "edit-field");
  await page.keyboard.press("Escape");
  await becomes(page, "edit");

  // Delete; the neighbour has it. Ctrl+Z brings both back.
  await first.getByTestId("delete").focus();
  await page.keyboard.press("Enter");
  await expect(first).toHaveCount(0);
  await becomes(page, "comment");
  await page.keyboard.press("Control+z");
  await expect(first).toBeVisible();
  await expect.poll(() => first.evaluate((it) => it === document.activeElement)).toBe(true);

  // Resolve folds it, and the fold has the focus; it unfolds and folds again.
  await first.getByTestId("resolve").focus();
  await page.keyboard.press("Enter");
  await becomes(page, "unfold");
  // The event of this change may come after the next change was made, and would fold the thread once more.
  await expect(page.getByTestId("toast")).toContainText("Resolved");
  await page.keyboard.press("Enter");
  await becomes(page, "comment");
  await first.getByTestId("resolve").focus();
  await page.keyboard.press("Enter");
  await expect(first.getByTestId("resolve")).toHaveText("Resolve");
  await becomes(page, "comment");
  await expect(page.getByTestId("toast")).toContainText("Thread reopened");

  // F6 leads to Undo, and Undo to what it undid.
  await page.keyboard.press("F6");
  await becomes(page, "toast-undo");
  await page.keyboard.press("Enter");
  await becomes(page, "unfold");
  // That is an act as well, the newest one once the server has answered.
  await expect(page.getByTestId("toast")).toContainText("Resolved");

  // A reply that is cancelled comes back where it was.
  const second = page.getByTestId("thread").filter({ hasText: "Second" });
  await second.getByTestId("reply").focus();
  await page.keyboard.press("Enter");
  await becomes(page, "reply-field");
  await page.keyboard.type("Half a reply");
  await page.keyboard.press("Escape");
  await expect(second.getByTestId("reply-field")).toHaveCount(0);
  await becomes(page, "comment");
  await expect(page.getByTestId("toast")).toContainText("Draft discarded");
  await page.keyboard.press("Control+z");
  await expect(second.getByTestId("reply-field")).toHaveValue("Half a reply");
  await becomes(page, "reply-field");
  await page.keyboard.press("Enter");
  await expect(second.getByTestId("comment-body")).toHaveText(["Second", "Half a reply"]);
  await becomes(page, "comment");

  // The last one goes: the tab is what is left.
  for (const text of ["Half a reply", "Second", "First"]) {
    const one = page.getByTestId("comment").filter({ hasText: text }).last();
    if (text === "First") await page.getByTestId("unfold").click();
    await one.getByTestId("delete").focus();
    await page.keyboard.press("Enter");
    await expect(one).toHaveCount(0);
    await expect.poll(() => focused(page)).not.toBe("body");
  }
  await becomes(page, "tab-comments");
});

/** Holds the code for writing back until the answer is called. */
async function withoutWriting(page: Page): Promise<() => void> {
  let arrive = () => {};
  const held = new Promise<void>((resolve) => (arrive = resolve));
  await page.route("**/assets/writing-*.js", async (route) => {
    await held;
    return route.fallback();
  });
  return arrive;
}

test("Shift and the arrow keys make the moment of a comment a range", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8);
  const page = await visit(serverWithoutModel, sam);
  await open(page, `${recording.url}?t=2`);
  await at(page, 2);
  const arrive = await withoutWriting(page);
  await page.keyboard.press("c");
  await page.keyboard.type("From here to there");
  await page.getByTestId("time-chip").focus();
  await page.keyboard.press("Shift+ArrowRight");
  // The code for writing comes between the two.
  arrive();
  await expect(page.getByTestId("time-chip")).toHaveText("0:02–0:03");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(page.getByTestId("time-chip")).toHaveText("0:02–0:04");
  await page.getByTestId("comment-send").click();
  await expect(page.getByTestId("comment-time")).toHaveText("0:02–0:04");
});

test("Esc in the field goes back to where the person came from", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  await page.getByTestId("mute").focus();
  await page.keyboard.press("c");
  await becomes(page, "comment-field");
  await page.keyboard.press("Escape");
  await becomes(page, "mute");
});

test("the title is renamed with the keyboard and keeps the focus", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  const button = page.getByTestId("title").getByRole("button");
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("title-field").fill("Named");
  await page.keyboard.press("Enter");
  await expect(button).toHaveText("Named");
  await expect(button).toBeFocused();
});

test("help begins at its Close button, so that Space does not switch the shortcuts off", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await page.keyboard.press("?");
  await expect(page.getByTestId("help-dialog").getByRole("button", { name: "Close" })).toBeFocused();
  await page.keyboard.press("Space");
  await expect(page.getByTestId("help-dialog")).toHaveCount(0);
  await page.keyboard.press("k");
  await playing(page);
});

test("keys change speed and volume, and a guest's missing name is where the focus goes", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  const media = () => video(page).evaluate((it: HTMLVideoElement) => [it.playbackRate, Math.round(it.volume * 100)]);
  await page.keyboard.press(">");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  expect(await media()).toEqual([1.25, 90]);
  await page.keyboard.press("<");
  await page.keyboard.press("ArrowUp");
  expect(await media()).toEqual([1, 95]);

  // The code for writing comes after the words were sent.
  const arrive = await withoutWriting(page);
  await page.keyboard.press("c");
  await page.keyboard.type("No name");
  await page.keyboard.press("Enter");
  arrive();
  await becomes(page, "guest-name");
  const composer = page.getByTestId("composer");
  await expect(composer).toContainText("Enter your name so people know who this is from.");
  await page.getByTestId("comment-field").press("End");
  await page.keyboard.type(" yet");
  await expect(composer, "other words do not answer it").toContainText("Enter your name so people know who this is from.");
  await page.getByTestId("guest-name").fill("Ana");
  await page.getByTestId("comment-send").click();
  await expect(page.getByTestId("comment")).toContainText("you");
  await expect(page.getByTestId("comment-body")).toHaveText("No name yet");
  expect(await position(page)).toBeLessThan(4);
});
