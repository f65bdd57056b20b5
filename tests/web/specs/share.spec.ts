// Who can see a recording: said in one line, changed at once, undone; followed by open pages.
import { LOOKS, nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { open, root } from "../support/player";
import { expect, SYNTHETIC } from "../support/test";

const QUICK = [...SYNTHETIC, "--title", "Bug in login"];

test("one line says who can see a recording; each change is live and undone", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, QUICK);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(guest, recording.url);
  await open(owner, recording.url);
  await owner.getByTestId("share").click();
  const who = owner.getByTestId("who");
  await expect(who).toHaveText("Anyone with the link can watch and comment.");
  await owner.getByTestId("audience-owner").check();
  await expect(who).toHaveText("Only you can watch and comment.");
  await expect(root(guest)).toHaveAttribute("data-state", "not_found");

  await owner.getByTestId("add-person").fill("mo@example.org");
  await owner.getByTestId("add-person").press("Enter");
  await expect(who).toHaveText("Only you and 1 person can watch and comment.");
  await expect(owner.getByTestId("people")).toContainText("mo@example.org");
  await owner.keyboard.press("Control+z");
  await expect(who).toHaveText("Only you can watch and comment.");

  await owner.getByTestId("audience-link").check();
  await expect(who).toHaveText("Anyone with the link can watch and comment.");
  await expect(root(guest), "the page opens again by itself").toHaveAttribute("data-state", "finished");
});

test("a password is asked for where the owner set one", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, QUICK);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(owner, recording.url);
  await owner.getByTestId("share").click();
  await owner.getByText("Password, end, comments, download").click();
  await owner.getByTestId("share-password").fill("short");
  await owner.getByTestId("share-password").press("Enter");
  await expect(owner.getByTestId("share-sheet")).toContainText("at least 8 characters");
  await owner.getByTestId("share-password").fill("between us only");
  await owner.getByTestId("share-password").press("Enter");
  await expect(owner.getByTestId("who")).toContainText("They need the password.");

  await open(guest, recording.url, "password");
  await guest.getByTestId("unlock-password").fill("something else");
  await guest.getByTestId("unlock").click();
  await expect(guest.getByTestId("closed")).toContainText("not the password");
  await guest.getByTestId("unlock-password").fill("between us only");
  await guest.getByTestId("unlock").click();
  await expect(root(guest)).toHaveAttribute("data-state", "finished");
});

test("who may not see a recording asks, and its owner lets them in with one click", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, QUICK);
  const mo = await serverWithoutModel.person("mo@example.org");
  const [owner, other] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, mo)];
  await open(owner, recording.url);
  await owner.getByTestId("share").click();
  await owner.getByTestId("audience-owner").check();
  await expect(owner.getByTestId("who")).toContainText("Only you");
  await open(other, recording.url, "not_found");
  await other.getByTestId("ask-message").fill("It is about the login");
  await other.getByTestId("ask").click();
  await expect(other.getByTestId("asked")).toBeVisible();
  await expect(owner.getByTestId("access-requests")).toContainText("It is about the login");
  const questions = owner.getByTestId("access-requests");
  for (const answer of ["Allow", "Refuse"]) {
    await questions.getByRole("button", { name: answer }).click();
    await expect(questions).toHaveCount(0);
    await owner.keyboard.press("Control+z");
    await expect(questions, `“${answer}” is taken back`).toContainText("It is about the login");
  }
  await questions.getByRole("button", { name: "Allow" }).click();
  await expect(owner.getByTestId("who")).toContainText("Only you and 1 person");
  await expect(root(other), "it opens by itself").toHaveAttribute("data-state", "finished");
});

test("a new link ends the old one", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, QUICK);
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(guest, recording.url);
  await open(owner, recording.url);
  await owner.getByTestId("share").click();
  await owner.getByText("Password, end, comments, download").click();
  await owner.getByTestId("new-link").click();
  await owner.getByTestId("replace-link").click();
  await expect(owner).not.toHaveURL(recording.url);
  await expect(root(owner)).toHaveAttribute("data-state", "finished");
  await expect(root(guest)).toHaveAttribute("data-state", "not_found");
});

test("of two pages that change the same, the second is told and shows what is there", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, QUICK);
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  // The second hears of nothing by itself, as one that was asleep.
  await two.route("**/events**", (route) => route.abort());
  for (const page of [one, two]) {
    await open(page, recording.url);
    await page.getByTestId("share").click();
    await expect(page.getByTestId("who")).toContainText("Anyone with the link");
  }
  await one.getByTestId("audience-members").check();
  await expect(one.getByTestId("who")).toContainText("Only members");
  await two.getByTestId("audience-owner").click();
  await expect(two.getByTestId("toast")).toContainText("Nothing was overwritten");
  await expect(two.getByTestId("who")).toContainText("Only members");
  await expect(two.getByTestId("audience-members")).toBeChecked();
});

for (const [name, look] of LOOKS) {
  test(`axe finds no violation in the share sheet (${name})`, async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
    const recording = await samsRecorder.recorded(3, QUICK);
    const page = await visit(serverWithoutModel, sam, look);
    await open(page, recording.url);
    await page.getByTestId("share").click();
    await page.getByTestId("add-person").fill("mo@example.org");
    await page.getByTestId("add-person").press("Enter");
    await expect(page.getByTestId("people")).toBeVisible();
    await page.getByText("Password, end, comments, download").click();
    await nothingFound(page, "share sheet, all of it");
  });
}
