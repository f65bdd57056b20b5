// Two tabs change one thing: nobody overwrites what they have not seen, and nobody loses what they typed.
import type { Page } from "@playwright/test";
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

/** This page hears of nothing by itself, as one that was asleep. */
const blockEvents = (page: Page) => page.route("**/events**", (route) => route.abort());

const title = (page: Page) => page.getByTestId("title");

async function beginRename(page: Page, text: string): Promise<void> {
  await title(page).getByRole("button").click();
  await page.getByTestId("title-field").fill(text);
}

async function rename(page: Page, text: string): Promise<void> {
  await beginRename(page, text);
  await page.getByTestId("title-field").press("Enter");
  await expect(title(page)).toHaveText(text);
}

test("a title that was changed in another tab is shown, and what was typed stays until it is decided", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Old"]);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await blockEvents(two);
  await open(one, recording.url);
  await open(two, recording.url);
  await beginRename(two, "Mine");
  await rename(one, "Theirs");
  await two.getByTestId("title-field").press("Enter");
  await expect(two.getByTestId("title-conflict")).toContainText("“Theirs”");
  await expect(two.getByTestId("title-field")).toHaveValue("Mine");
  await one.reload();
  await expect(title(one), "nothing was overwritten").toHaveText("Theirs");
  // Only the button overwrites: Enter may have been on its way before the message was read.
  await two.getByTestId("title-field").press("Enter");
  await expect(two.getByTestId("title-conflict")).toBeVisible();
  await two.getByTestId("save-mine").click();
  await expect(title(two)).toHaveText("Mine");
  await expect(title(one)).toHaveText("Mine");

  await beginRename(two, "Mine again");
  await rename(one, "Theirs again");
  await two.getByTestId("title-field").press("Enter");
  await two.getByTestId("keep-theirs").click();
  await expect(title(two)).toHaveText("Theirs again");
  await expect(title(two).getByRole("button")).toBeFocused();
});

test("the other title is overwritten although a save is still under way", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Old"]);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await blockEvents(two);
  await open(one, recording.url);
  await open(two, recording.url);
  await beginRename(two, "Mine");
  await rename(one, "Theirs");
  await two.getByTestId("title-field").press("Enter");
  await expect(two.getByTestId("title-conflict")).toBeVisible();
  // The answer to Enter waits until the button was pressed.
  let press = () => {};
  const pressed = new Promise<void>((resolve) => (press = resolve));
  await two.route("**/api/recordings/*", async (route) => {
    await pressed;
    await route.continue();
  });
  const sent = two.waitForRequest((request) => request.method() === "PATCH");
  await two.getByTestId("title-field").press("Enter");
  await sent;
  await two.getByTestId("save-mine").click();
  press();
  await expect(title(two)).toHaveText("Mine");
  await expect(title(one)).toHaveText("Mine");
});

test("a page that hears of the other title says so before anything is sent", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Old"]);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await open(one, recording.url);
  await open(two, recording.url);
  await beginRename(two, "Mine");
  await rename(one, "Theirs");
  await expect(two.getByTestId("title-conflict")).toContainText("“Theirs”");
  await two.getByTestId("title-field").press("Escape");
  await expect(title(two)).toHaveText("Theirs");
});

test("who changes something else of the same recording is asked nothing", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Old"]);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await blockEvents(two);
  await open(one, recording.url);
  await open(two, recording.url);
  await beginRename(two, "New");
  await one.getByTestId("share").click();
  await one.getByTestId("audience-members").check();
  await expect(one.getByTestId("share-sheet")).toContainText("Only members");
  await two.getByTestId("title-field").press("Enter");
  await expect(title(two)).toHaveText("New");
  await one.reload();
  await expect(title(one)).toHaveText("New");
  await one.getByTestId("share").click();
  await expect(one.getByTestId("share-sheet"), "and it stays closed to others").toContainText("Only members");
});

test("undoing a new name does not undo a newer one", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Old"]);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await open(one, recording.url);
  await open(two, recording.url);
  await rename(one, "First");
  await expect(title(two)).toHaveText("First");
  await rename(two, "Second");
  await expect(title(one)).toHaveText("Second");
  await one.getByTestId("toast-undo").click();
  await expect(one.getByTestId("toast")).toContainText("Nothing was overwritten");
  await expect(title(one)).toHaveText("Second");
});

test("conflicting titles are resolved in the library, too", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Old"]);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await open(one, recording.url);
  await two.goto("/");
  await two.getByTestId("recording-menu").click();
  await two.getByTestId("recording-rename").click();
  await two.getByTestId("title-field").fill("Mine");
  await rename(one, "Theirs");
  await two.getByTestId("title-field").press("Enter");
  await expect(two.getByTestId("title-conflict")).toContainText("“Theirs”");
  await expect(two.getByTestId("title-field")).toHaveValue("Mine");
  await two.getByTestId("save-mine").click();
  await expect(two.getByRole("link", { name: "Mine", exact: true })).toBeFocused();
  await expect(title(one)).toHaveText("Mine");
});

test("a comment that was edited in another tab is shown beside what was typed", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await open(one, recording.url);
  await one.getByTestId("comment-field").fill("Old");
  await one.getByTestId("comment-field").press("Enter");
  await expect(one.getByTestId("comment-body")).toHaveText("Old");
  await blockEvents(two);
  await open(two, recording.url);

  const edit = async (page: Page, text: string) => {
    await page.getByTestId("edit").click();
    await page.getByTestId("edit-field").fill(text);
  };
  await edit(two, "Mine");
  await edit(one, "Theirs");
  await one.getByTestId("save-edit").click();
  await expect(one.getByTestId("comment-body")).toHaveText("Theirs");
  await two.getByTestId("save-edit").click();
  await expect(two.getByTestId("edit-conflict")).toContainText("Theirs");
  await expect(two.getByTestId("edit-field")).toHaveValue("Mine");
  await expect(one.getByTestId("comment-body"), "nothing was overwritten").toHaveText("Theirs");
  await two.getByTestId("save-mine").click();
  await expect(two.getByTestId("comment-body")).toHaveText("Mine");
  await expect(one.getByTestId("comment-body")).toHaveText("Mine");

  // The other way: the new words stay, and what was typed can be had back.
  await edit(two, "Mine again");
  await edit(one, "Theirs again");
  await one.getByTestId("save-edit").click();
  await expect(one.getByTestId("comment-body")).toHaveText("Theirs again");
  await two.getByTestId("save-edit").click();
  await two.getByTestId("keep-theirs").click();
  await expect(two.getByTestId("comment-body")).toHaveText("Theirs again");
  await two.getByTestId("toast-undo").click();
  await expect(two.getByTestId("edit-field")).toHaveValue("Mine again");
});

test("resolving a thread is no conflict for who edits its words, and the words of a deleted comment are kept", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await open(one, recording.url);
  await one.getByTestId("comment-field").fill("Old");
  await one.getByTestId("comment-field").press("Enter");
  await expect(one.getByTestId("comment-body")).toHaveText("Old");
  await open(two, recording.url);
  await two.getByTestId("edit").click();
  await two.getByTestId("edit-field").fill("New");
  await one.getByTestId("resolve").click();
  await one.getByTestId("unfold").click();
  await one.getByTestId("resolve").click();
  await two.getByTestId("save-edit").click();
  await expect(one.getByTestId("comment-body")).toHaveText("New");

  await two.getByTestId("edit").click();
  await two.getByTestId("edit-field").fill("Newer");
  await one.getByTestId("delete").click();
  await expect(two.getByTestId("toast")).toContainText("was deleted");
  await expect(two.getByTestId("comment-field")).toHaveValue("Newer");
});
