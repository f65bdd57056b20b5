// The list of one's own recordings.
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";

test("a recording is renamed, trashed and brought back", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const { slug } = await samsRecorder.recorded(3, [...SYNTHETIC, "--title", "Bug in login"]);
  const watch = async () => await fetch(`${serverWithoutModel.url}/api/watch/${slug}`);
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/");
  const recording = page.getByTestId("recording");
  await expect(recording).toHaveCount(1);
  await expect(recording).toHaveAttribute("data-state", "finished");
  await expect(recording.getByRole("heading")).toHaveText("Bug in login");
  await expect(recording).toContainText("0:03");

  await recording.getByTestId("recording-menu").click();
  await recording.getByTestId("recording-rename").click();
  await recording.getByLabel("Title").fill("The login, mended");
  await recording.getByLabel("Title").press("Enter");
  await expect(recording.getByRole("link", { name: "The login, mended" }), "the focus is where it was").toBeFocused();
  await expect(recording.getByRole("heading")).toHaveText("The login, mended");
  await expect.poll(async () => (await (await watch()).json()).title).toBe("The login, mended");

  await recording.getByTestId("recording-menu").click();
  await recording.getByTestId("recording-trash").click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
  expect((await watch()).status).toBe(410);
  await expect(page.getByRole("heading", { name: "No recordings yet" })).toBeFocused();

  await page.getByTestId("toast").filter({ hasText: "trash" }).getByTestId("toast-undo").click();
  await expect(recording).toHaveCount(1);
  expect((await watch()).status).toBe(200);
  await expect(recording.getByRole("heading").getByRole("link")).toBeFocused();
});

test("after each act the focus is where one goes on: at the title, or at the neighbour of what left", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  for (const title of ["One", "Two", "Three"]) await samsRecorder.recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", title]);
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/");
  const link = (name: string) => page.getByTestId("recording").getByRole("link", { name });
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
    const trash = page.getByTestId("recording-trash");
    await expect
      .poll(
        async () => {
          await page.keyboard.press("Tab");
          return trash.evaluate((it) => it === document.activeElement);
        },
        { intervals: [50] },
      )
      .toBe(true);
    await page.keyboard.press("Enter");
    await expect(link(gone)).toHaveCount(0);
    await expect(link(next)).toBeFocused();
  }
  await page.keyboard.press("Control+z");
  await expect(link("One"), "what is undone last was done last").toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(link("Two")).toBeFocused();
});

test("a long title is read in full, whichever way it is written", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const long = "The login page forgets who you are when the second tab signs out, and then the third one cannot comment any more";
  const arabic = "تسجيل الدخول لا يعمل (10:3).";
  for (const title of [long, arabic]) await samsRecorder.recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", title]);
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/");
  await expect(page.getByTestId("recording").getByTitle(long)).toBeVisible();
  const heading = page.getByRole("heading", { name: arabic });
  expect(await heading.evaluate((it) => getComputedStyle(it).direction)).toBe("rtl");
});

test("an empty library says what this account can do", async ({ visit, serverWithoutModel, sam }) => {
  expect(sam.email).toBeTruthy();
  const viewer = await visit(serverWithoutModel, await serverWithoutModel.person("vera@example.org", "viewer"));
  await viewer.goto("/");
  await expect(viewer.getByTestId("empty")).toContainText("can watch and comment, but not record");
  await expect(viewer.getByTestId("empty")).not.toContainText("aside record");
  const member = await visit(serverWithoutModel, await serverWithoutModel.person("mara@example.org"));
  await member.goto("/");
  await expect(member.getByTestId("empty")).toContainText("what others share with you by name is in Shared with me");
});

test("a recording in progress says so, and by itself that it has ended", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const running = await samsRecorder.record();
  await running.received(1);
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/");
  const recording = page.getByTestId("recording");
  await expect(recording).toHaveAttribute("data-state", "recording");
  await expect(recording).toContainText("Recording now");
  await running.stop();
  await expect(recording).toHaveAttribute("data-state", "finished");
});

test("a recording gets a poster", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  await samsRecorder.recorded(4);
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/");
  const poster = page.getByTestId("recording").locator("img");
  await expect(poster).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => poster.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
});
