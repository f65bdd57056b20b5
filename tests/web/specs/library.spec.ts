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
  await expect(take.getByRole("link", { name: "The login, mended" }), "the focus is where it was").toBeFocused();
  await expect(take.getByRole("heading")).toHaveText("The login, mended");
  await expect.poll(async () => (await (await watch()).json()).title).toBe("The login, mended");

  await take.getByTestId("take-menu").click();
  await take.getByTestId("take-trash").click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
  expect((await watch()).status).toBe(410);
  await expect(page.getByRole("heading", { name: "No recordings yet" })).toBeFocused();

  await page.getByTestId("toast").filter({ hasText: "trash" }).getByTestId("toast-undo").click();
  await expect(take).toHaveCount(1);
  expect((await watch()).status).toBe(200);
  await expect(take.getByRole("heading").getByRole("link")).toBeFocused();
});

test("after each act the focus is where one goes on: at the title, or at the neighbour of what left", async ({ visit, quietHouse, sam, desk }) => {
  for (const title of ["One", "Two", "Three"]) await desk.recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", title]);
  const page = await visit(quietHouse, sam);
  await page.goto("/");
  const link = (name: string) => page.getByTestId("take").getByRole("link", { name });
  const menu = async (name: string) => {
    await page.getByRole("button", { name: `More about ${name}` }).focus();
    await page.keyboard.press("Enter");
  };
  await menu("Two");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(link("Two"), "renaming was given up").toBeFocused();
  await menu("Two");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "More about Two" })).toBeFocused();
  // Newest first: Three, Two, One.
  for (const [gone, next] of [
    ["Two", "One"],
    ["One", "Three"],
  ] as const) {
    await menu(gone);
    for (let n = 0; n < 3; n++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(link(gone)).toHaveCount(0);
    await expect(link(next)).toBeFocused();
  }
  await page.keyboard.press("Control+z");
  await expect(link("One"), "what is undone last was done last").toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(link("Two")).toBeFocused();
});

test("a long title is read in full, whichever way it is written", async ({ visit, quietHouse, sam, desk }) => {
  const long = "The login page forgets who you are when the second tab signs out, and then the third one cannot comment any more";
  const arabic = "تسجيل الدخول لا يعمل (10:3).";
  for (const title of [long, arabic]) await desk.recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", title]);
  const page = await visit(quietHouse, sam);
  await page.goto("/");
  await expect(page.getByTestId("take").getByTitle(long)).toBeVisible();
  const heading = page.getByRole("heading", { name: arabic });
  expect(await heading.evaluate((it) => getComputedStyle(it).direction)).toBe("rtl");
});

test("somebody with nothing reads what is true of them", async ({ visit, quietHouse, sam }) => {
  expect(sam.email).toBeTruthy();
  const viewer = await visit(quietHouse, await quietHouse.person("vera@example.org", "viewer"));
  await viewer.goto("/");
  await expect(viewer.getByTestId("empty")).toContainText("can watch and comment, but not record");
  await expect(viewer.getByTestId("empty")).not.toContainText("aside record");
  const member = await visit(quietHouse, await quietHouse.person("mara@example.org"));
  await member.goto("/");
  await expect(member.getByTestId("empty")).toContainText("opens from the link they send");
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
