// A recording is read: words brought, corrected, taken back, found in, and looked for on the timeline.
import { nothingFound, PHONE } from "../support/axe";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open, position } from "../support/player";

const SRT = `1
00:00:00,500 --> 00:00:02,000
We run cooper nets on <b>two</b> servers.

2
00:00:02,000 --> 00:00:04,000
Please fix the button until Friday.

3
00:00:09,000 --> 00:00:11,000
That is the whole story, and we are done with it.
`;

test("the owner brings words, corrects them and decides what was found; whoever watches reads it at once", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(12);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(owner, recording.url);
  await open(guest, recording.url);
  for (const page of [owner, guest]) await page.getByTestId("tab-transcript").click();

  await owner.getByTestId("words-menu").click();
  await owner.getByTestId("own-captions").setInputFiles({ name: "nonsense.srt", mimeType: "text/plain", buffer: Buffer.from([0xff, 0xd8, 0xff]) });
  await expect(owner.getByRole("alert").filter({ hasText: "no text in UTF-8" })).toBeVisible();
  await owner.getByTestId("own-captions").setInputFiles({ name: "own.srt", mimeType: "text/plain", buffer: Buffer.from(SRT) });
  const text = (page: typeof owner) => page.locator("#panel-transcript p").filter({ has: page.getByTestId("word") });
  await expect(text(guest).first()).toContainText("We run cooper nets on two servers. Please fix");
  await expect(guest.getByTestId("correct")).toHaveCount(0);

  // Escape leaves the words as they are; Enter keeps them.
  await owner.getByTestId("correct").first().focus();
  await owner.keyboard.press("Enter");
  const field = owner.getByTestId("edit-words");
  await expect(field).toBeFocused();
  await field.fill("nothing of this");
  await field.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(text(owner).first()).toContainText("cooper nets");
  // The pen of another paragraph gives up what was typed, with a way back.
  await owner.getByTestId("correct").first().click();
  await field.fill("typed and not saved");
  await owner.getByTestId("correct").last().click();
  await expect(field).not.toHaveValue("typed and not saved");
  await owner.getByTestId("toast-undo").click();
  await expect(field).toHaveValue("typed and not saved");
  await field.press("Escape");
  await owner.getByTestId("correct").first().click();
  await field.fill((await field.inputValue()).replace("cooper nets", "Kubernetes"));
  await field.press("Enter");
  await expect(text(guest).first()).toContainText("We run Kubernetes on two servers.");
  const word = guest.getByTestId("word").filter({ hasText: "Kubernetes" });
  expect(Number(await word.getAttribute("data-start-ms"))).toBeGreaterThan(500);
  await owner.getByTestId("toast-undo").click();
  await expect(text(guest).first()).toContainText("cooper nets");

  // Somebody else, or the same person in another tab, was quicker.
  await owner.getByTestId("correct").first().click();
  await field.fill("my words");
  const { id } = await (await owner.request.get(`/api/watch/${recording.slug}`)).json();
  const quicker = await owner.request.patch(`/api/recordings/${id}/transcript`, {
    data: { first: 0, count: 1, text: "They" },
    headers: { authorization: `Bearer ${sam.token}` },
  });
  expect(quicker.status()).toBe(200);
  await field.press("Enter");
  await expect(owner.getByTestId("words-conflict")).toBeVisible();
  await expect(field).toHaveValue("my words");
  await owner.getByTestId("leave-words").click();
  await expect(text(owner).first()).toContainText("They run cooper nets");

  await owner.getByTestId("words-menu").click();
  await owner.getByTestId("words-history").click();
  await expect(owner.getByTestId("words-versions").getByRole("listitem")).toHaveCount(4);
  await nothingFound(owner, "the menu of the words");
  await owner.getByTestId("words-before-4").click();
  await expect(text(guest).first()).toContainText("We run cooper nets");

  // Found without a model: the owner alone sees it, until it is accepted.
  await expect(guest.getByTestId("language")).toHaveText("English");
  await owner.getByTestId("suggestions").locator("summary").click();
  const task = owner.getByTestId("suggestion").filter({ hasText: "Please fix the button until Friday." });
  await expect(task).toBeVisible();
  await expect(guest.getByTestId("suggestions")).toHaveCount(0);
  await task.getByTestId("edit-suggestion").click();
  await owner.getByTestId("suggestion-text").press("Escape");
  await expect(task.getByTestId("edit-suggestion")).toBeFocused();
  await task.getByTestId("edit-suggestion").click();
  await owner.getByTestId("suggestion-text").fill("Fix the button");
  await owner.getByTestId("suggestion-text").press("Enter");
  await expect(guest.getByTestId("points-action")).toContainText("Fix the button");
  await nothingFound(owner, "the words");

  const page = await (await fetch(`${recording.url}.md?t=3`)).text();
  expect(page).toContain("## At 0:03");
  expect(page).toContain(") Fix the button");
  expect(page).toContain(") We run cooper nets on two servers.");
  const frame = /\((\S+\/frames\/\S+)\)/.exec(page)?.[1];
  const picture = await fetch(String(frame));
  expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/jpeg"]);

  const phone = await visit(serverWithoutModel, sam, { ...PHONE, colorScheme: "dark" });
  await open(phone, recording.url);
  await phone.getByTestId("tab-transcript").click();
  await expect(phone.getByTestId("points-action")).toBeVisible();
  await phone.getByTestId("correct").first().click();
  await expect(phone.getByTestId("edit-words")).toBeVisible();
  await nothingFound(phone, "a correction on a phone");
});

test("a place is looked for by its picture, silences are passed over, pictures stepped through", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(12);
  const headers = { authorization: `Bearer ${sam.token}` };
  const { id } = await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}`)).json();
  const brought = await fetch(`${serverWithoutModel.url}/api/recordings/${id}/transcript/file`, { method: "PUT", headers, body: SRT });
  expect(brought.status).toBe(200);
  // A worker makes them some seconds after the end.
  await expect
    .poll(async () => (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}/thumbnails.vtt`)).status, { timeout: 60_000 })
    .toBe(200);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  const rail = await page.getByTestId("timeline").boundingBox();
  if (!rail) throw new Error("it is drawn");
  await page.mouse.move(rail.x + rail.width * 0.6, rail.y + rail.height / 2);
  const thumb = page.getByTestId("thumb");
  await expect(thumb).toBeVisible();
  const [far] = [await thumb.evaluate((it) => getComputedStyle(it).backgroundPosition)];
  await page.mouse.move(rail.x + rail.width * 0.1, rail.y + rail.height / 2);
  await expect(thumb).not.toHaveCSS("background-position", far ?? "");

  await page.getByTestId("viewing").click();
  await page.getByTestId("skip-silences").check();
  await page.getByTestId("caption-size").selectOption("huge");
  await nothingFound(page, "the menu of the player");
  await page.getByTestId("theatre").check();
  const [picture, side] = [await page.locator(".picture").boundingBox(), await page.locator(".side").boundingBox()];
  if (!picture || !side) throw new Error("both are drawn");
  expect(side.y, "what is said lies below the picture").toBeGreaterThan(picture.y + picture.height / 2);
  const sheets = () => page.evaluate(() => document.adoptedStyleSheets.map((sheet) => sheet.cssRules[0]?.cssText).join());
  expect(await sheets()).toContain("36px");
  await page.getByTestId("theatre").uncheck();
  await page.keyboard.press("Escape");

  // Nobody speaks from 4.5 to 8.7 s.
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => position(page)).toBeGreaterThan(4.5);
  await page.keyboard.press("k");
  await expect.poll(() => position(page)).toBeGreaterThan(8.6);
  await page.keyboard.press("k");
  await expect.poll(() => page.evaluate(() => navigator.mediaSession.metadata?.artist)).toBe("sam");
  await expect.poll(() => page.evaluate(() => document.querySelector("video")?.paused)).toBe(true);
  const stood = await position(page);
  await page.keyboard.press(",");
  await expect.poll(() => position(page)).toBeLessThan(stood);

  // What was chosen counts on the next visit as well.
  await page.reload();
  await expect.poll(sheets).toContain("36px");
});
