// For everybody: axe finds no violation in light and dark, at a desk and on a phone; the structure is as read.
import { LOOKS, nothingFound, PHONE } from "../support/axe";
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

for (const [name, look] of LOOKS) {
  test(`axe finds no violation (${name})`, async ({ visit, server, owner, spokenRecording }) => {
    const outside = await visit(server, undefined, look);
    await outside.goto("/sign-in");
    await expect(outside.getByRole("button", { name: "Sign in" })).toBeVisible();
    await nothingFound(outside, "sign-in");
    await outside.goto(`/w/${"x".repeat(22)}`);
    await expect(outside.getByTestId("closed")).toBeVisible();
    await nothingFound(outside, "unknown link");

    const page = await visit(server, owner, look);
    await open(page, spokenRecording.url);
    await page.getByTestId("comment-field").fill("Look at the *lower* edge");
    await page.getByTestId("comment-send").click();
    await expect(page.getByTestId("comment").first()).toBeVisible();
    await page.getByTestId("comment-field").fill("Writing");
    await nothingFound(page, "watch");
    await page.getByTestId("share").click();
    await expect(page.getByTestId("share-sheet")).toBeVisible();
    await nothingFound(page, "share sheet");
    await page.getByTestId("share").click();
    await page.getByTestId("more").click();
    await nothingFound(page, "menu");
    await page.keyboard.press("Escape");
    await page.getByTestId("resolve").first().click();
    await expect(page.getByTestId("unfold").first()).toBeVisible();
    await nothingFound(page, "resolved, with a toast");
    await page.getByTestId("tab-transcript").click();
    await expect(page.getByTestId("word").first()).toBeVisible({ timeout: 60_000 });
    await nothingFound(page, "transcript");
    for (const path of ["/", "/trash", "/settings", "/device", "/nowhere"]) {
      await page.goto(path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      await nothingFound(page, path);
    }
  });
}

test("on a phone nothing is wider than the screen and everything is large enough to hit", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "A title that is much too long for the width of any phone"]);
  const page = await visit(serverWithoutModel, undefined, PHONE);
  await open(page, recording.url);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("header button, header a, .controls button, .controls select, [role=tab]")]
      .filter((it) => it.offsetParent !== null)
      .map((it) => ({ name: it.ariaLabel ?? it.textContent, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 40 || box.height < 40)
      .map(({ name, box }) => `${name} is ${box.width}×${box.height}`),
  );
  expect(small).toEqual([]);
});

test("on a phone the picture stays and the field is at hand, however long the list", async ({ visit, server, spokenRecording }) => {
  const page = await visit(server, undefined, PHONE);
  await open(page, spokenRecording.url);
  for (const words of ["One", "Two", "Three", "Four", "Five", "Six"]) {
    await page.getByTestId("comment-field").fill(words);
    if (words === "One") await page.getByTestId("guest-name").fill("Ana");
    await page.getByTestId("comment-send").click();
    await expect(page.getByTestId("comment-body").filter({ hasText: words }).first()).toBeAttached();
  }
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await expect(page.getByTestId("video")).toBeInViewport({ ratio: 0.9 });
  await expect(page.getByTestId("comment-field")).toBeInViewport({ ratio: 1 });
});

test("the structure that screen readers get is that of the page", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, ["--screen", "synthetic", "--mic", "none", "--title", "Structure"]);
  const page = await visit(serverWithoutModel);
  await open(page, recording.url);
  await expect(page.getByTestId("comments")).toContainText("No comments yet");
  await expect(page.locator("[data-page=watch]")).toMatchAriaSnapshot(`
    - banner:
      - heading "Structure" [level=1]
      - button "Share"
      - link "Sign in"
    - main:
      - group "Recording":
        - button "Play"
        - slider "Position"
        - group "Player controls":
          - button "Play"
          - button "Mute"
          - slider "Volume"
          - combobox "Speed"
          - button "More of the player"
          - button "Full screen"
      - region "Comments and transcript":
        - tablist:
          - tab "Comments" [selected]
          - tab "Transcript"
        - tabpanel "Comments":
          - spinbutton "Moment of the comment"
          - textbox "Comment at 0:00"
  `);
});

test("the keyboard alone leads from sign-in to an answer", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel);
  await page.goto(`/sign-in?next=${new URL(recording.url).pathname}`);
  await page.getByLabel("E-mail").focus();
  await page.keyboard.type(sam.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(sam.password);
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "finished");
  await page.keyboard.press("c");
  await page.keyboard.type("Answered by keys");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("comment-body")).toHaveText("Answered by keys");
});
