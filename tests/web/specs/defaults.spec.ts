// Who new recordings are for, whether watching is noted, and the log of what was changed.
import { LOOKS, nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { open } from "../support/player";
import { expect, PASSWORD, SYNTHETIC } from "../support/test";

test("the set-up page asks once who new recordings are for, and a person may say otherwise", async ({ visit, serverWithoutModel }) => {
  const page = await visit(serverWithoutModel);
  await page.goto("/setup");
  await page.getByLabel("Your name").fill("Sam");
  await page.getByLabel("E-mail").fill("sam@example.org");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await expect(page.getByTestId("audience-link")).toBeChecked();
  await page.getByTestId("audience-members").check();
  await nothingFound(page, "/setup");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
  await page.goto("/settings");
  await expect(page.getByTestId("server-default-members")).toBeChecked();
  await expect(page.getByTestId("own-default-none")).toBeChecked();
  await page.getByTestId("own-default-owner").check();
  await expect(page.getByTestId("toast")).toContainText("Saved");
  await page.reload();
  await expect(page.getByTestId("own-default-owner")).toBeChecked();
});

test("views are turned off and on", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  await page.getByTestId("views-own").uncheck();
  await expect(page.getByTestId("toast")).toContainText("Views are off");
  await page.reload();
  await expect(page.getByTestId("views-own")).not.toBeChecked();
  await page.getByTestId("views-server").uncheck();
  await expect(page.getByTestId("views-switch")).toContainText("off for everybody");
  await expect(page.getByTestId("views-own")).toBeDisabled();
});

test("a removed password is put back by undo", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, [...SYNTHETIC, "--title", "Bug in login"]);
  const status = async () => (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}`)).status;
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  await page.getByTestId("share").click();
  await page.getByText("Password, end, comments, download").click();
  await page.getByTestId("share-password").fill("correct horse");
  await page.getByTestId("share-password").press("Enter");
  await expect.poll(status).toBe(403);
  await page.getByTestId("remove-password").click();
  await expect.poll(status).toBe(200);
  await page.getByTestId("toast").filter({ hasText: "Password removed" }).getByTestId("toast-undo").click();
  await expect.poll(status).toBe(403);
});

test("the audit log is read, filtered and exported by who may, and by nobody else", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, [...SYNTHETIC, "--title", "Bug in login"]);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  await page.getByTestId("share").click();
  await page.getByTestId("audience-members").check();
  await expect(page.getByTestId("who")).toContainText(/member/i);
  await page.goto("/settings");
  await page.getByTestId("views-server").uncheck();
  await expect(page.getByTestId("toast")).toContainText("Views are off");
  await page.getByRole("link", { name: /Audit log/ }).click();
  await expect(page.getByTestId("audit-entry")).toHaveCount(2);
  await page.getByTestId("audit-action").selectOption("sharing_changed");
  await expect(page.getByTestId("audit-entry")).toHaveCount(1);
  await expect(page.getByTestId("audit-entry")).toContainText("audience: link → members");
  await expect(page).toHaveURL(/action=sharing_changed/);
  await page.reload();
  await expect(page.getByTestId("audit-entry")).toHaveCount(1);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("audit-csv").click()]);
  expect(download.suggestedFilename()).toBe("audit.csv");

  const ana = await visit(serverWithoutModel, await serverWithoutModel.person("ana@example.org"));
  await ana.goto("/audit");
  await expect(ana.getByRole("alert")).toContainText("Only an owner or an admin");
});

for (const [look, options] of LOOKS) {
  test(`settings and audit log have no finding of axe: ${look}`, async ({ visit, serverWithoutModel, sam }) => {
    const page = await visit(serverWithoutModel, sam, options);
    await page.goto("/settings");
    await expect(page.getByTestId("server-default-link")).toBeVisible();
    await expect(page.getByTestId("views-server")).toBeVisible();
    await nothingFound(page, `/settings, ${look}`);
    await page.getByTestId("views-server").uncheck();
    await expect(page.getByTestId("toast")).toBeVisible();
    await page.goto("/audit");
    await expect(page.getByTestId("audit-entry")).toHaveCount(1);
    await nothingFound(page, `/audit, ${look}`);
  });
}
