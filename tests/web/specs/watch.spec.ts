// A finished recording: playing, finding one's way, answering.
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { at, beginning, open, paused, playing, position, root, showing, video } from "../support/player";

test("the keyboard plays, pauses, skips and helps", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(12);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await page.keyboard.press("Space");
  await playing(page);
  await page.keyboard.press("k");
  await expect.poll(() => paused(page)).toBe(true);
  const from = await position(page);
  await page.keyboard.press("ArrowRight");
  await at(page, from + 5);
  await page.keyboard.press("j");
  const first = await beginning(page);
  await at(page, first);
  await page.keyboard.press("l");
  await at(page, first + 10);
  // Faster than the media can say where it is: every stroke counts.
  await page.evaluate(() => {
    for (const key of ["j", "ArrowRight", "ArrowRight"]) dispatchEvent(new KeyboardEvent("keydown", { key }));
  });
  await at(page, first + 10);
  await page.evaluate(() => {
    for (const key of [" ", " "]) dispatchEvent(new KeyboardEvent("keydown", { key }));
  });
  expect(await paused(page)).toBe(true);
  await page.keyboard.press("m");
  await expect(page.getByTestId("mute")).toHaveAccessibleName("Unmute");
  expect(await video(page).evaluate((it: HTMLVideoElement) => it.muted)).toBe(true);

  await page.keyboard.press("?");
  await expect(page.getByTestId("help-dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("help-dialog")).toHaveCount(0);

  await page.getByTestId("timeline").focus();
  await page.keyboard.press("Home");
  await at(page, first);
  await page.getByTestId("speed").selectOption("1.5");
  expect(await video(page).evaluate((it: HTMLVideoElement) => it.playbackRate)).toBe(1.5);
});

test("a link starts where it says, and a place can be shared", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(10);
  const page = await visit(serverWithoutModel, undefined, { permissions: ["clipboard-read", "clipboard-write"] });
  await open(page, `${recording.url}?t=7`);
  await at(page, 7);
  await showing(page);
  await page.getByTestId("share").click();
  await page.getByTestId("from-here").check();
  await page.getByTestId("copy-link").click();
  await expect(page.getByTestId("toast")).toContainText("starts at 0:07");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${recording.url}?t=7`);
});

test("every place of a recording can be reached, in any order, and shows a picture", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(14);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await expect.poll(async () => Number(await root(page).getAttribute("data-edge-ms"))).toBeGreaterThan(13_000);
  const length = Number(await root(page).getAttribute("data-edge-ms")) / 1000;
  const box = await page.getByTestId("timeline").boundingBox();
  if (!box) throw new Error("the timeline has no place on the page");
  for (const share of [0.9, 0.1, 0.5, 0.99, 0.02, 0.7]) {
    await page.mouse.click(box.x + box.width * share, box.y + box.height / 2);
    await at(page, length * share, 0);
    await showing(page);
  }
});

test("a media link that runs out is renewed without anybody noticing", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8);
  const page = await visit(serverWithoutModel);
  let expired = false;
  await page.route("**/media/**/*.m4s", async (route) => {
    if (expired) return route.fallback();
    expired = true;
    return route.fulfill({ status: 403, json: { code: "link_expired", status: 403 } });
  });
  const renewed = page.waitForResponse((answer) => expired && answer.url().endsWith(`/api/watch/${recording.slug}`));
  await open(page, recording.url);
  await renewed;
  await page.keyboard.press("Space");
  await playing(page);
  await expect(page.getByTestId("failure")).toHaveCount(0);
});

test("c comments at this very second", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(8);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await page.keyboard.press("Space");
  await expect.poll(() => position(page)).toBeGreaterThan(2);
  await page.keyboard.type("cThis is cut off");
  expect(await paused(page), "the picture waits for who writes").toBe(true);
  await expect(page.getByTestId("comment-field")).toHaveValue("This is cut off");

  await page.getByTestId("time-chip").focus();
  await page.keyboard.press("ArrowLeft");
  const chip = await page.getByTestId("time-chip").innerText();
  await page.getByTestId("guest-name").fill("Ana");
  await page.getByTestId("comment-field").press("Shift+Enter");
  await page.getByTestId("comment-field").pressSequentially("below");
  await page.getByTestId("comment-field").press("Enter");

  const comment = page.getByTestId("comment");
  await expect(comment).toContainText("This is cut off");
  await expect(comment.getByTestId("comment-time")).toHaveText(chip);
  await expect.poll(() => paused(page), { message: "and plays on" }).toBe(false);
  await expect(page.getByTestId("mark")).toHaveAccessibleName(`Comment by Ana at ${chip}`);

  // A click leads to a second before, and the comment lights up as the playhead comes to it.
  await page.getByTestId("mark").click();
  await expect(page.getByTestId("thread")).toHaveAttribute("data-lit", "true");
});

test("a draft survives a reload, and giving up can be undone", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(5);
  const page = await visit(serverWithoutModel);
  await open(page, `${recording.url}?t=3`);
  await at(page, 3);
  await page.keyboard.press("c");
  await page.getByTestId("comment-field").fill("Half a thought");
  await page.reload();
  await expect(page.getByTestId("comment-field")).toHaveValue("Half a thought");
  await expect(page.getByTestId("time-chip")).toHaveText("0:03");

  await page.getByTestId("comment-field").press("Escape");
  await expect(page.getByTestId("comment-field")).toHaveValue("");
  await page.getByTestId("toast-undo").click();
  await expect(page.getByTestId("comment-field")).toHaveValue("Half a thought");
});

test("one edits and deletes one's own words; the owner may resolve and delete, not rewrite", async ({
  visit,
  serverWithoutModel,
  sam,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(4);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(guest, recording.url);
  await guest.getByTestId("comment-field").fill("Teh button");
  await guest.getByTestId("guest-name").fill("Ana");
  await guest.getByTestId("comment-field").press("Enter");
  await guest.getByTestId("edit").click();
  await guest.getByTestId("edit-field").fill("The button");
  await guest.getByTestId("edit-field").press("Enter");
  await expect(guest.getByTestId("comment-body")).toHaveText("The button");
  await expect(guest.getByTestId("comment")).toContainText("edited");

  await guest.getByTestId("delete").click();
  await expect(guest.getByTestId("comment")).toHaveCount(0);
  await guest.getByTestId("toast-undo").click();
  await expect(guest.getByTestId("comment-body")).toHaveText("The button");

  await open(owner, recording.url);
  await expect(owner.getByTestId("delete")).toBeVisible();
  await expect(owner.getByTestId("edit")).toHaveCount(0);
  await owner.getByTestId("resolve").click();
  await expect(owner.getByTestId("unfold")).toContainText("The button");
  await expect(owner.getByTestId("mark")).toHaveCount(0);
  await expect(guest.getByTestId("unfold"), "everybody sees the thread fold").toBeVisible();
  await owner.getByTestId("toast-undo").click();
  await expect(guest.getByTestId("comment-body")).toBeVisible();
});

test("the owner renames the recording and restricts it to members; a guest with the link loses access", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Old"]);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(guest, recording.url);
  await open(owner, recording.url);
  await owner.getByTestId("title").getByRole("button").click();
  await owner.getByTestId("title-field").fill("New");
  await owner.getByTestId("title-field").press("Enter");
  await expect(owner.getByTestId("title")).toHaveText("New");
  await expect(owner).toHaveTitle("New · Aside");
  await expect(guest.getByTestId("title"), "open pages hear of it").toHaveText("New");

  await owner.getByTestId("share").click();
  await owner.getByTestId("audience-members").check();
  await expect(owner.getByTestId("share-sheet")).toContainText("Only members of this server can watch");
  await expect(root(guest), "an open page is closed as well").toHaveAttribute("data-state", "not_found", { timeout: 60_000 });
  await guest.getByRole("link", { name: "Sign in" }).click();
  await expect(guest).toHaveURL(`${serverWithoutModel.url}/sign-in?next=${encodeURIComponent(new URL(recording.url).pathname)}`);

  await owner.getByTestId("toast").filter({ hasText: "Only members" }).getByTestId("toast-undo").click();
  await owner.getByTestId("share").click();
  await expect(owner.getByTestId("share-sheet")).toContainText("Anyone with the link can watch");
  await open(guest, recording.url);
});

test("a deleted recording says so", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3);
  const headers = { authorization: `Bearer ${sam.token}` };
  const { id } = await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}`, { headers })).json();
  await fetch(`${serverWithoutModel.url}/api/recordings/${id}`, { method: "DELETE", headers });
  const page = await visit(serverWithoutModel);
  await page.goto(recording.url);
  await expect(root(page)).toHaveAttribute("data-state", "gone");
});

test("the picture goes into a window of its own and comes back", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await showing(page);
  await page.getByTestId("viewing").click();
  const button = page.getByTestId("pip");
  await button.click();
  await expect(button).toHaveAttribute("aria-pressed", "true");
  expect(await page.evaluate(() => document.pictureInPictureElement === document.querySelector("video"))).toBe(true);
  await button.click();
  await expect(button).toHaveAttribute("aria-pressed", "false");
});
