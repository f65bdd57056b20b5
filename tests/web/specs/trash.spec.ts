// What was deleted can be seen and brought back: in the trash, and at its own link.
import type { TestServer, Finished } from "../support/test-server";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open, root } from "../support/player";

const QUICK = ["--screen", "synthetic", "--mic", "none"];
const status = async (server: TestServer, recording: Finished) => (await fetch(`${server.url}/api/watch/${recording.slug}`)).status;

test("the trash shows what was deleted and gives it back, and the act can be undone", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const old = await samsRecorder.recorded(2, [...QUICK, "--title", "Old plans"]);
  const bug = await samsRecorder.recorded(2, [...QUICK, "--title", "Bug in login"]);
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/trash");
  await expect(page.getByTestId("trash-empty")).toBeVisible();

  await page.goto("/");
  for (const title of ["Old plans", "Bug in login"]) {
    await page.getByRole("button", { name: `More about ${title}` }).click();
    await page.getByTestId("recording-trash").click();
    await expect(page.getByTestId("recording").filter({ hasText: title })).toHaveCount(0);
  }
  await page.getByRole("navigation", { name: "Library" }).getByRole("link", { name: "Trash" }).click();
  const trashed = page.getByTestId("trashed");
  await expect(trashed).toHaveCount(2);
  await expect(trashed.first(), "the newest deletion first").toContainText("Bug in login");
  await expect(trashed.first()).toContainText("deleted just now");
  await expect(trashed.first()).toContainText("30 days left");

  await page.getByRole("button", { name: "Restore Bug in login" }).click();
  await expect(trashed).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Restore Old plans" })).toBeFocused();
  expect(await status(serverWithoutModel, bug)).toBe(200);
  await page.keyboard.press("Control+z");
  await expect(trashed).toHaveCount(2);
  expect(await status(serverWithoutModel, bug)).toBe(410);

  await page.getByRole("button", { name: "Restore Bug in login" }).click();
  await page.getByRole("button", { name: "Restore Old plans" }).click();
  await expect(page.getByTestId("trash-empty")).toBeVisible();
  expect(await status(serverWithoutModel, old)).toBe(200);
});

test("the owner restores a recording at its own link, and a stranger's page opens again by itself", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, [...QUICK, "--title", "Bug in login"]);
  const headers = { authorization: `Bearer ${sam.token}` };
  const { id } = await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}`)).json();
  await fetch(`${serverWithoutModel.url}/api/recordings/${id}`, { method: "DELETE", headers });

  const stranger = await visit(serverWithoutModel);
  const member = await visit(serverWithoutModel, await serverWithoutModel.person("mara@example.org"));
  const owner = await visit(serverWithoutModel, sam);
  await open(stranger, recording.url, "gone");
  await open(member, recording.url, "gone");
  await open(owner, recording.url, "gone");
  for (const page of [stranger, member]) {
    await expect(page.getByTestId("closed")).toContainText("The owner deleted it");
    await expect(page.getByTestId("closed")).not.toContainText("Bug in login");
    await expect(page.getByTestId("restore")).toHaveCount(0);
  }
  await expect(owner.getByTestId("closed")).toContainText("Bug in login");
  await owner.getByTestId("restore").click();
  await expect(root(owner)).toHaveAttribute("data-state", "finished");
  await expect(owner.getByTestId("title")).toHaveText("Bug in login");
  for (const page of [stranger, member]) await expect(root(page)).toHaveAttribute("data-state", "finished", { timeout: 30_000 });

  await owner.keyboard.press("Control+z");
  await expect(root(owner)).toHaveAttribute("data-state", "gone");
});

test("a page for members only opens by itself when its reader may see it", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3, QUICK);
  const headers = { authorization: `Bearer ${sam.token}`, "content-type": "application/json" };
  const { id } = await (await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}`)).json();
  const audience = (to: string) =>
    fetch(`${serverWithoutModel.url}/api/recordings/${id}`, { method: "PATCH", headers, body: JSON.stringify({ audience: to }) });
  await audience("members");
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "not_found");
  await expect(page.getByTestId("closed")).toContainText("kept it to certain people");
  await audience("link");
  await expect(root(page)).toHaveAttribute("data-state", "finished", { timeout: 30_000 });

  // Somebody signs in in another tab, and comes back to this one.
  await audience("members");
  await expect(root(page)).toHaveAttribute("data-state", "not_found");
  const { email, password } = sam;
  await page.context().request.post("/api/session", { data: { email, password } });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect(root(page)).toHaveAttribute("data-state", "finished");
  await expect(page.getByTestId("share")).toBeVisible();
});
