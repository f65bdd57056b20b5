// Files of comments: chosen, pasted, dropped; on their way, in vain, and as others get them.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { LOOKS, nothingFound } from "../support/axe";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

/** A picture of 8 by 4 pixels. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAAEUlEQVR4nGM4ISeHFTFQTwIAbv4ggUBHKgEAAAAASUVORK5CYII=",
  "base64",
);

/**
 * Pastes or drops files where the page has something to write in. Found and told in one step: the field of before the composer's code
 * gives way to the composer's own, and what is told to a field that left the page reaches nobody.
 */
const bring = async (page: Page, event: "paste" | "drop", testid: string, files: readonly { name: string; type: string; bytes: Buffer }[]) => {
  await expect(page.getByTestId(testid)).toBeVisible();
  await page.evaluate(
    ({ testid, event, files }) => {
      const field = document.querySelector(`[data-testid="${testid}"]`);
      if (!field) throw new Error(`there is no ${testid}`);
      const data = new DataTransfer();
      for (const { name, type, bytes } of files) data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      const init = { bubbles: true, cancelable: true };
      if (event === "drop") field.dispatchEvent(new DragEvent("drop", { ...init, dataTransfer: data }));
      else field.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: data }));
    },
    { testid, event, files: files.map((file) => ({ ...file, bytes: [...file.bytes] })) },
  );
};

const file = (page: Page, name: string) => page.getByTestId("file").filter({ hasText: name });

test("files are sent while the words are typed, and whoever reads the comment gets them", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(server, sam);
  // A file is on its way for as long as the test holds it; another one breaks off.
  let held: (() => Promise<void>) | null = null;
  let breaks = true;
  await page.route(/attachments\?name=/, async (route) => {
    const name = new URL(route.request().url()).searchParams.get("name");
    if (name === "slow.txt") held = () => route.continue();
    else if (name === "broken.txt" && breaks) await route.abort();
    else await route.continue();
  });
  await open(page, recording.url);
  const field = page.getByTestId("comment-field");
  await field.click();
  await field.pressSequentially("See ");
  await bring(page, "paste", "comment-field", [{ name: "image.png", type: "image/png", bytes: PNG }]);
  await expect(file(page, "image.png")).toHaveAttribute("data-state", "sent");
  await expect(field, "the words go on").toBeFocused();
  await bring(page, "drop", "composer", [
    { name: "broken.txt", type: "text/plain", bytes: Buffer.from("later") },
    { name: "empty.txt", type: "text/plain", bytes: Buffer.from("") },
    { name: "slow.txt", type: "text/plain", bytes: Buffer.from("slow") },
  ]);
  await expect(file(page, "empty.txt")).toContainText("This file is empty");
  await expect(file(page, "broken.txt")).toContainText("Can't reach the server");
  await expect(file(page, "slow.txt").getByRole("progressbar")).toBeVisible();
  await nothingFound(page, "files on their way");

  // Enter waits for what is on its way, and says what did not go; nothing of it is lost.
  await field.pressSequentially("these");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("comment-send")).toHaveText("Sending…");
  await expect.poll(() => held !== null).toBe(true);
  await (held as unknown as () => Promise<void>)();
  await expect(page.getByRole("alert").filter({ hasText: "A file was not sent" })).toBeVisible();
  await expect(field).toHaveValue("See these");
  breaks = false;
  await file(page, "broken.txt").getByTestId("file-again").click();
  await expect(file(page, "broken.txt")).toHaveAttribute("data-state", "sent");
  await file(page, "empty.txt").getByTestId("file-remove").press("Enter");
  await expect(page.getByTestId("file")).toHaveCount(3);
  await expect(field).toBeFocused();

  // A reload keeps what the server has, beside the words.
  await page.reload();
  await expect(field).toHaveValue("See these");
  await expect(page.getByTestId("file")).toHaveText([/image\.png/, /broken\.txt/, /slow\.txt/]);
  await field.press("Enter");
  const sent = page.getByTestId("comment");
  await expect(sent.getByTestId("attachment")).toHaveText([/image\.png/, /broken\.txt/, /slow\.txt/]);
  await expect(page.getByTestId("files")).toHaveCount(0);

  // One of them is taken back: asked first, gone for good, and the history says so.
  const slow = sent.getByTestId("attachment").filter({ hasText: "slow.txt" });
  await slow.getByTestId("remove-file").press("Enter");
  await expect(slow.getByRole("button", { name: "Keep" })).toBeFocused();
  await nothingFound(page, "a file about to be removed");
  await page.keyboard.press("Enter");
  await expect(slow.getByTestId("remove-file")).toBeFocused();
  await page.keyboard.press("Enter");
  await slow.getByTestId("remove-file-yes").click();
  await expect(sent.getByTestId("attachment")).toHaveText([/image\.png/, /broken\.txt/]);
  await sent.getByTestId("comment-more").click();
  await sent.getByTestId("open-history").click();
  await expect(sent.getByTestId("removed-file")).toHaveText(/the file slow\.txt was removed/);
  await sent.getByTestId("close-history").click();

  // A reply that is a file only, chosen by hand, by somebody without an account.
  const stranger = await visit(server);
  await open(stranger, recording.url);
  await stranger.getByTestId("reply").click();
  await stranger.getByTestId("reply-composer").getByTestId("choose-files").setInputFiles({ name: "page.html", mimeType: "text/html", buffer: Buffer.from("<script>alert(1)</script>") });
  await stranger.getByTestId("guest-name").fill("Ana");
  await stranger.getByTestId("reply-field").press("Enter");
  const answer = stranger.getByTestId("comment").nth(1);
  const download = stranger.waitForEvent("download");
  await answer.getByTestId("attachment").getByRole("link").click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("page.html");
  expect(readFileSync(await saved.path(), "utf8")).toBe("<script>alert(1)</script>");

  for (const [look, options] of LOOKS) {
    const reader = await visit(server, undefined, options);
    await open(reader, recording.url);
    const picture = reader.getByRole("img", { name: "image.png" });
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => picture.evaluate((it: HTMLImageElement) => it.naturalWidth)).toBe(8);
    await nothingFound(reader, `files, ${look}`);
    if (process.env.ASIDE_SHOTS) await reader.screenshot({ path: `${process.env.ASIDE_SHOTS}/files-${look}.png` });
  }
});

test("files dropped before the code for writing is there are not lost, nor is a draft discarded with them", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(server, sam);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/assets\/writing-/, async (route) => {
    await released;
    await route.continue();
  });
  await open(page, recording.url);
  await bring(page, "drop", "comment-field", [{ name: "early.txt", type: "text/plain", bytes: Buffer.from("early") }]);
  release();
  await expect(file(page, "early.txt")).toHaveAttribute("data-state", "sent");
  await page.getByTestId("comment-field").press("Escape");
  await expect(page.getByTestId("file")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(file(page, "early.txt")).toHaveAttribute("data-state", "sent");
  await page.getByTestId("comment-field").press("Enter");
  await expect(page.getByTestId("attachment")).toHaveText([/early\.txt/]);
});

test("words that are sent before the code for writing is there take the files with them, also where it comes at the second try", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(server, sam);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  await page.route(/assets\/writing-[^/]*\.js/, async (route) => {
    asked += 1;
    if (asked === 1) return route.abort();
    await released;
    return route.continue();
  });
  await open(page, recording.url);
  const field = page.getByTestId("comment-field");
  await field.click();
  await bring(page, "paste", "comment-field", [{ name: "early.txt", type: "text/plain", bytes: Buffer.from("early") }]);
  await expect.poll(() => asked).toBeGreaterThan(1);
  await field.pressSequentially("See this");
  await field.press("Enter");
  release();
  await expect(page.getByTestId("comment-body")).toHaveText("See this");
  await expect(page.getByTestId("attachment")).toHaveText([/early\.txt/]);
});

test("a session that ends while a comment is written takes nothing of it", async ({ visit, serverWithoutModel: server, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const mara = await server.person("mara@example.org");
  const page = await visit(server, mara);
  await open(page, recording.url);
  const field = page.getByTestId("comment-field");
  await field.click();
  await field.pressSequentially("Long thought");
  await page.context().clearCookies();
  await field.press("Enter");
  const told = page.getByTestId("signed-out");
  await expect(told).toContainText("You were signed out. Your words are kept here");
  await expect(field).toHaveValue("Long thought");
  await nothingFound(page, "signed out");
  const { email, password } = mara;
  expect((await page.context().request.post("/api/session", { data: { email, password } })).status()).toBe(200);
  await field.press("Enter");
  await expect(page.getByTestId("comment-body")).toHaveText("Long thought");
  await expect(told).toHaveCount(0);
});
