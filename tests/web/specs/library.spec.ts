// The list of one's own recordings.
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";

test("a take is renamed, trashed and brought back", async ({ visit, quietHouse, sam, desk }) => {
  const { slug } = await desk.recorded(3, [...SYNTHETIC, "--title", "Bug in login"]);
  const watch = async () => await fetch(`${quietHouse.url}/api/watch/${slug}`);
  const page = await visit(quietHouse, sam);
  await page.goto("/");
  const take = page.getByTestId("take");
  await expect(take).toHaveCount(1);
  await expect(take).toHaveAttribute("data-state", "finished");
  await expect(take.getByRole("heading")).toHaveText("Bug in login");
  await expect(take).toContainText("0:03");

  await take.getByTestId("take-menu").click();
  await take.getByTestId("take-rename").click();
  await take.getByLabel("Title").fill("The login, mended");
  await take.getByLabel("Title").press("Enter");
  await expect(take.getByRole("heading")).toHaveText("The login, mended");
  await expect.poll(async () => (await (await watch()).json()).title).toBe("The login, mended");

  await take.getByTestId("take-menu").click();
  await take.getByTestId("take-trash").click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
  expect((await watch()).status).toBe(410);

  await page.getByTestId("toast").filter({ hasText: "trash" }).getByTestId("toast-undo").click();
  await expect(take).toHaveCount(1);
  expect((await watch()).status).toBe(200);
});

test("a running take says so, and by itself that it has ended", async ({ visit, quietHouse, sam, desk }) => {
  const running = await desk.record();
  await running.received(1);
  const page = await visit(quietHouse, sam);
  await page.goto("/");
  const take = page.getByTestId("take");
  await expect(take).toHaveAttribute("data-state", "recording");
  await expect(take).toContainText("Recording now");
  await running.stop();
  await expect(take).toHaveAttribute("data-state", "finished");
});

test("a take gets a poster", async ({ visit, quietHouse, sam, desk }) => {
  await desk.recorded(4);
  const page = await visit(quietHouse, sam);
  await page.goto("/");
  const poster = page.getByTestId("take").locator("img");
  await expect(poster).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => poster.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
});
