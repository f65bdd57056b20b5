// Comments between people: mentions, notes, assignments, reactions, ranges, versions, links.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { LOOKS, nothingFound } from "../support/axe";
import { at, open } from "../support/player";

test("somebody is mentioned, asked, reacted to and led there by a link", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  const mara = await server.person("mara@example.org", "member");
  const recording = await samsRecorder.recorded(6);
  const page = await visit(server, sam, { permissions: ["clipboard-read", "clipboard-write"] });
  await open(page, recording.url);

  // A range by the keys, and a name by completion.
  await page.getByTestId("play").click();
  await expect(page.getByTestId("play")).toHaveAttribute("aria-label", "Pause");
  await page.getByTestId("play").click();
  await page.getByTestId("play").blur();
  await page.keyboard.press("i");
  await expect(page.getByTestId("range-draft")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("o");
  const field = page.getByTestId("comment-field");
  await expect(field).toBeFocused();
  // Its end is dragged; the field that is being written in keeps the focus.
  const end = page.getByTestId("range-end");
  const [line, grip] = [await page.getByTestId("range-draft").boundingBox(), await end.boundingBox()];
  if (!line || !grip) throw new Error("the range is on the timeline");
  await page.mouse.move(grip.x + 3, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(line.x + line.width * 0.9, grip.y + grip.height / 2, { steps: 5 });
  await page.mouse.up();
  await expect(end).toHaveAttribute("aria-valuenow", "5");
  await expect(page.getByTestId("time-chip")).toHaveText(/–0:05$/);
  await expect(field).toBeFocused();
  await field.pressSequentially("Look here, @mar");
  await expect(page.getByTestId("mention-option")).toHaveText(/mara/i);
  await page.keyboard.press("Enter");
  await expect(field).toHaveValue(/Look here, @\S+ $/);
  await page.keyboard.press("Enter");
  const comment = page.getByTestId("comment");
  await expect(comment.locator(".mention")).toHaveText(/^@/);
  await expect(page.getByTestId("range")).toHaveCount(1);

  // For its owner alone: the mention cannot see it, until it is shared with one click.
  await page.evaluate(async (id) => {
    const answer = await fetch(`/api/recordings/${id}/sharing`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: '{"audience":"owner"}' });
    if (!answer.ok) throw new Error(String(answer.status));
  }, await recordingId(page, recording.url));
  await page.getByTestId("share-with").click();
  await expect(page.getByTestId("not-shared")).toHaveCount(0);

  // Asked, and reacted to.
  await page.getByTestId("comment-more").click();
  await page.getByTestId("open-assign").click();
  await page.getByTestId("assignee").selectOption({ label: (await comment.locator(".mention").innerText()).slice(1) });
  await page.getByTestId("due").fill("2099-01-31");
  await page.getByTestId("assign").click();
  await expect(page.getByTestId("assigned")).toContainText("2099");
  await page.getByTestId("comment-more").click();
  await page.getByTestId("react").click();
  await page.getByTestId("emoji").filter({ hasText: "🎉" }).first().click();
  await expect(page.getByTestId("reaction")).toHaveAttribute("aria-pressed", "true");

  // Edited: the words before are kept.
  await page.getByTestId("edit").click();
  await expect(page.getByTestId("edit-field")).toHaveValue(/@\S+/);
  await page.getByTestId("edit-field").fill("Other words");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("comment-body")).toHaveText("Other words");
  await page.getByTestId("comment-more").click();
  await page.getByTestId("open-history").click();
  await expect(page.getByTestId("version")).toHaveCount(2);
  await page.getByTestId("close-history").click();

  // What the other one sees: the thread by its link, and no note of somebody else.
  await field.fill("for me");
  await page.getByTestId("visibility-choice").selectOption("author");
  await field.press("Enter");
  await expect(page.getByTestId("visibility")).toHaveText("only you");
  await page.getByTestId("thread").filter({ hasText: "Other words" }).getByTestId("comment-more").click();
  await page.getByTestId("copy-comment-link").click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain("?c=");
  const theirs = await visit(server, mara);
  await theirs.goto(link);
  await expect(theirs.locator("article[data-linked]")).toContainText("Other words");
  await expect(theirs.getByTestId("comment")).toHaveCount(1);
  await expect(theirs.getByTestId("reaction")).toHaveAttribute("aria-pressed", "false");

  // A reaction to a moment is seen by both, and taken back by whose it is.
  await theirs.getByTestId("react-to-moment").click();
  await theirs.getByTestId("react-clap").click();
  await expect(page.getByTestId("moment")).toHaveText("👏");
  await theirs.getByTestId("moment").click();
  await theirs.getByRole("button", { name: "Undo" }).last().click();
  await expect(page.getByTestId("moment")).toHaveCount(0);
});

async function recordingId(page: import("@playwright/test").Page, url: string): Promise<string> {
  const slug = url.split("/").pop() ?? "";
  return page.evaluate(async (slug) => ((await (await fetch(`/api/watch/${slug}`)).json()) as { id: string }).id, slug);
}

test("what is opened at a comment is found in order by axe", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  for (const [name, look] of LOOKS) {
    const page = await visit(server, sam, look);
    await open(page, recording.url);
    await at(page, 0);
    if (name === LOOKS[0]?.[0]) {
      await page.getByTestId("comment-field").fill("words");
      await page.getByTestId("comment-send").click();
      await page.getByTestId("comment-more").click();
      await page.getByTestId("react").click();
      await page.getByTestId("emoji").first().click();
    }
    await page.getByTestId("react-to-moment").click();
    await expect(page.getByTestId("moment-row")).toBeVisible();
    await page.getByTestId("comment-more").click();
    await expect(page.getByTestId("comment-menu")).toBeVisible();
    await nothingFound(page, `${name}, menu`);
    await page.getByTestId("react").click();
    await expect(page.getByTestId("emoji-picker")).toBeVisible();
    await nothingFound(page, `${name}, emoji`);
  }
});
