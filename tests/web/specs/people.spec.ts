// Who uses the server: invited, given a role, deactivated, deleted, put into groups; by who looks after it.
import type { Page } from "@playwright/test";
import { LOOKS, nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { open, root } from "../support/player";
import { expect, PASSWORD, SYNTHETIC } from "../support/test";

const QUICK = [...SYNTHETIC, "--title", "Bug in login"];

const row = (page: Page, name: string) => page.locator(`[data-testid=person][data-name="${name}"]`);

async function people(page: Page): Promise<void> {
  await page.goto("/people");
  await expect(page.locator("[data-page=people]")).toHaveAttribute("data-state", "ready");
}

/** Opens the menu of a person and chooses. */
async function choose(page: Page, name: string, what: string): Promise<void> {
  await row(page, name).getByTestId("person-menu").click();
  await row(page, name).getByRole("button", { name: what }).click();
}

/** Makes an invitation; resolves with its link. */
async function invite(page: Page, email: string, role = "member"): Promise<string> {
  if (!(await page.getByTestId("invite-form").isVisible())) await page.getByTestId("invite").click();
  await page.locator("input[name=invite-email]").fill(email);
  await page.getByTestId("invite-role").selectOption(role);
  await page.getByTestId("make-invitation").click();
  await expect(page.locator("input[name=invite-email]")).toHaveValue("");
  return (await page.getByTestId("invite-form").getByTestId("invitation-link").textContent()) ?? "";
}

const invitation = (page: Page) => page.locator("[data-page=invitation]");

async function accept(page: Page, name: string, email?: string): Promise<void> {
  if (email) await page.locator("input[name=email]").fill(email);
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.locator("input[name=password]").press("Enter");
}

test("who is invited joins by the link, which then says that it was used", async ({ visit, serverWithoutModel, sam }) => {
  const owner = await visit(serverWithoutModel, sam);
  await people(owner);
  const link = await invite(owner, "Ana@Example.org", "viewer");
  await expect(owner.getByTestId("invitation")).toContainText("ana@example.org");
  await expect(owner.getByTestId("invitation")).toContainText("Viewer");

  const ana = await visit(serverWithoutModel);
  await ana.goto(link);
  await expect(ana.getByTestId("invited-email")).toHaveText("ana@example.org");
  await ana.locator("input[name=name]").fill("Ana");
  await ana.locator("input[name=password]").fill("short");
  await ana.locator("input[name=password]").press("Enter");
  await expect(invitation(ana), "the browser asks for more").toBeVisible();
  await accept(ana, "Ana");
  await expect(ana.locator("[data-page=library]")).toBeVisible();

  await people(ana);
  await expect(ana.getByTestId("names"), "others see names only").toHaveText(/sam/);
  await expect(ana.getByTestId("invite")).toHaveCount(0);

  await ana.goto(link);
  await expect(invitation(ana)).toHaveAttribute("data-state", "used");
  await expect(ana.getByRole("heading", { name: "This invitation was used" })).toBeVisible();
  await people(owner);
  await expect(row(owner, "Ana").getByTestId("role")).toHaveValue("viewer");
  await expect(owner.getByTestId("invitation")).toHaveCount(0);
});

test("an invitation that is taken back, renewed or unknown says so, and nothing typed is lost", async ({ visit, serverWithoutModel, sam }) => {
  const owner = await visit(serverWithoutModel, sam);
  const guest = await visit(serverWithoutModel);
  await people(owner);
  const link = await invite(owner, "");
  await guest.goto(link);
  await expect(invitation(guest)).toHaveAttribute("data-state", "open");
  // An address that somebody has: told at the field, the rest stays.
  await accept(guest, "Bo", "SAM@example.org");
  await expect(guest.getByTestId("error")).toContainText("has an account already");
  await expect(guest.locator("input[name=name]")).toHaveValue("Bo");
  await expect(guest.locator("input[name=email]")).toHaveAttribute("aria-invalid", "true");

  await owner.getByTestId("invitation").getByRole("button", { name: /^Revoke/ }).click();
  await expect(owner.getByTestId("invitation")).toHaveCount(0);
  await accept(guest, "Bo", "bo@example.org");
  await expect(invitation(guest)).toHaveAttribute("data-state", "revoked");

  await owner.getByTestId("toast-undo").click();
  await expect(owner.getByTestId("invitation")).toHaveCount(1);
  await guest.reload();
  await expect(invitation(guest)).toHaveAttribute("data-state", "open");

  await owner.getByTestId("invitation").getByRole("button", { name: /^New link/ }).click();
  const shown = owner.getByTestId("invitations").getByTestId("invitation-link");
  await expect(shown).not.toHaveText(link);
  const renewed = (await shown.textContent()) ?? "";
  await guest.reload();
  await expect(invitation(guest)).toHaveAttribute("data-state", "unknown");
  // The address changes behind the `#` only: the page looks again by itself.
  await guest.goto(renewed);
  await expect(invitation(guest)).toHaveAttribute("data-state", "open");
  await accept(guest, "Bo", "bo@example.org");
  await expect(guest.locator("[data-page=library]")).toBeVisible();
});

test("roles are changed and given back by keyboard alone, and of two who change at once the second is told", async ({ visit, serverWithoutModel, sam }) => {
  await serverWithoutModel.person("mo@example.org");
  const [one, two] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  await people(one);
  await people(two);
  const role = (page: Page) => row(page, "mo").getByTestId("role");
  await role(one).focus();
  await one.keyboard.press("ArrowDown");
  await expect(one.getByTestId("toast")).toContainText("mo has a new role: Admin");
  await one.keyboard.press("Control+z");
  await expect(role(one)).toHaveValue("member");

  await role(two).selectOption("viewer");
  await expect(two.getByTestId("toast")).toContainText("Somebody changed this meanwhile");
  await expect(role(two), "as it is now").toHaveValue("member");

  // The last owner stays one, and is told why.
  await row(one, "sam").getByTestId("role").selectOption("member");
  await expect(one.getByTestId("toast")).toContainText("Nobody else is an owner here");
  await expect(row(one, "sam").getByTestId("role")).toHaveValue("owner");
});

test("who is deactivated is out at once, and comes back", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const mo = await serverWithoutModel.person("mo@example.org");
  const recording = await samsRecorder.recorded(3, QUICK);
  const owner = await visit(serverWithoutModel, sam);
  await open(owner, recording.url);
  await owner.getByTestId("share").click();
  await owner.getByTestId("audience-members").check();
  const other = await visit(serverWithoutModel, mo);
  await open(other, recording.url);
  await people(owner);
  await choose(owner, "mo", "Deactivate…");
  await expect(owner.getByTestId("leave")).toContainText("signed out everywhere");
  await owner.keyboard.press("Escape");
  await expect(owner.getByTestId("leave")).toHaveCount(0);
  await choose(owner, "mo", "Deactivate…");
  await owner.getByTestId("confirm").click();
  await expect(row(owner, "mo")).toContainText("deactivated");
  await expect(root(other), "the open page closes by itself").toHaveAttribute("data-state", "not_found");

  await other.goto("/sign-in");
  await other.locator("input[name=email]").fill("mo@example.org");
  await other.locator("input[name=password]").fill(PASSWORD);
  await other.locator("input[name=password]").press("Enter");
  await expect(other.getByTestId("error")).toContainText("deactivated");
  await owner.getByTestId("toast-undo").click();
  await expect(row(owner, "mo")).not.toContainText("deactivated");
  await other.locator("input[name=password]").press("Enter");
  await expect(other.locator("[data-page=library]")).toBeVisible();
});

test("somebody is deleted after it was said what becomes of what they leave", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const mo = await serverWithoutModel.person("mo@example.org");
  await serverWithoutModel.person("vi@example.org", "viewer");
  const theirs = await serverWithoutModel.recorder(mo).recorded(3, QUICK);
  const recording = await samsRecorder.recorded(3, QUICK);
  const other = await visit(serverWithoutModel, mo);
  const said = { at_ms: 0, body: "words of mo" };
  const comments = `/api/watch/${recording.slug}/comments`;
  const sent = await other.request.post(comments, { data: said, headers: { origin: serverWithoutModel.url } });
  expect(sent.status()).toBe(201);
  const owner = await visit(serverWithoutModel, sam);
  await people(owner);
  await choose(owner, "mo", "Delete…");
  const dialog = owner.getByTestId("leave");
  await expect(dialog).toContainText("Their 1 recording");
  await expect(dialog.getByTestId("receiver").locator("option"), "no viewer, not themselves").toHaveText([
    "are removed for good",
    "go to sam",
  ]);
  await dialog.getByTestId("receiver").selectOption({ label: "go to sam" });
  await dialog.getByTestId("confirm").click();
  await expect(row(owner, "mo")).toHaveCount(0);
  await expect(row(owner, "sam")).toContainText("2 recordings");
  await open(owner, recording.url);
  await expect(owner.getByText("words of mo")).toBeVisible();
  await expect(owner.getByText("A former member")).toBeVisible();
  await open(owner, theirs.url);
  await expect(owner.getByTestId("share")).toBeVisible();
});

test("a recording is shared with a group; who is taken out of it loses it where it is open", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const mo = await serverWithoutModel.person("mo@example.org");
  const recording = await samsRecorder.recorded(3, QUICK);
  const owner = await visit(serverWithoutModel, sam);
  await people(owner);
  await owner.locator("input[name=group-name]").fill("Design");
  await owner.locator("input[name=group-name]").press("Enter");
  const group = owner.getByTestId("group");
  await group.locator("summary").click();
  await group.getByTestId("add-member").selectOption({ label: "mo" });
  await group.getByRole("button", { name: "Add", exact: true }).click();
  await expect(group.getByTestId("members")).toContainText("mo");

  const sheet = await visit(serverWithoutModel, sam);
  await open(sheet, recording.url);
  await sheet.getByTestId("share").click();
  await sheet.getByTestId("audience-owner").check();
  await expect(sheet.getByTestId("who")).toHaveText("Only you can watch and comment.");
  await sheet.getByTestId("add-person").fill("Design (group)");
  await sheet.getByTestId("add-person").press("Enter");
  await expect(sheet.getByTestId("who")).toHaveText("Only you and 1 group can watch and comment.");
  await expect(sheet.getByTestId("people")).toContainText("Design (group of 1)");
  const other = await visit(serverWithoutModel, mo);
  await open(other, recording.url);

  await group.getByRole("button", { name: "Take out mo" }).click();
  await expect(root(other)).toHaveAttribute("data-state", "not_found");
  await owner.getByTestId("toast-undo").click();
  await expect(root(other), "it opens again by itself").toHaveAttribute("data-state", "finished");
});

for (const [name, look] of LOOKS) {
  test(`axe finds no violation on the pages of people (${name})`, async ({ visit, serverWithoutModel, sam }) => {
    const mo = await serverWithoutModel.person("mo@example.org");
    const page = await visit(serverWithoutModel, sam, look);
    await people(page);
    await page.locator("input[name=group-name]").fill("Design");
    await page.locator("input[name=group-name]").press("Enter");
    const group = page.getByTestId("group");
    await group.locator("summary").click();
    await group.getByTestId("add-member").selectOption({ label: "mo" });
    await group.getByRole("button", { name: "Add", exact: true }).click();
    await group.getByRole("button", { name: "Delete group…" }).click();
    const link = await invite(page, "ana@example.org");
    await nothingFound(page, "everything open");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide, "nothing is cut off at the side").toBeLessThanOrEqual(0);
    for (const act of ["Deactivate…", "Delete…"]) {
      await choose(page, "mo", act);
      await nothingFound(page, act);
      await page.keyboard.press("Escape");
    }
    const other = await visit(serverWithoutModel, mo, look);
    await people(other);
    await nothingFound(other, "names");
    const guest = await visit(serverWithoutModel, undefined, look);
    await guest.goto(link);
    await expect(invitation(guest)).toHaveAttribute("data-state", "open");
    await nothingFound(guest, "invitation");
    await guest.goto("/invitation#nothing");
    await expect(invitation(guest)).toHaveAttribute("data-state", "unknown");
    await nothingFound(guest, "unknown invitation");
  });
}
