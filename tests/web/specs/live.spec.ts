// The watch page while the recording is being made.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open, playing, position, root, showing, video } from "../support/player";

test("who follows live sees the last picture without a stall or a jump back", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.record();
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "recording");
  await expect(page.getByTestId("live-badge")).toHaveText("Recording now");
  await page.keyboard.press("Space");
  await playing(page);

  // Long enough that its beginning is not its live edge.
  await expect.poll(async () => Number(await root(page).getAttribute("data-edge-ms"))).toBeGreaterThan(9000);
  await page.keyboard.press("j");
  await page.getByTestId("go-live").click();
  await showing(page);
  await playing(page);
  await expect(page.getByTestId("go-live")).toHaveCount(0);
  const behind = Number(await root(page).getAttribute("data-edge-ms")) / 1000 - (await position(page));
  expect(behind).toBeLessThan(6.5);

  const log = await video(page).evaluateHandle((it: HTMLVideoElement) => {
    const log: string[] = [];
    let last = it.currentTime;
    for (const name of ["seeking", "emptied", "error"]) it.addEventListener(name, () => log.push(name));
    it.addEventListener("timeupdate", () => {
      if (it.currentTime < last - 0.001) log.push(`back from ${last} to ${it.currentTime}`);
      last = it.currentTime;
    });
    return log;
  });
  await recording.stop();
  await expect(root(page)).toHaveAttribute("data-complete", "true");
  await expect(root(page)).toHaveAttribute("data-state", "finished");
  await expect(page.getByTestId("live-badge")).toHaveCount(0);
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);
  expect(await log.jsonValue()).toEqual([]);
  const left = await video(page).evaluate((it: HTMLVideoElement) => it.duration - it.currentTime);
  expect(left).toBeLessThan(0.1);
});

test("who comes early sees the picture appear by itself", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.record();
  const page = await visit(serverWithoutModel);
  // The link is known before the server has heard of the recording: twice it knows nothing, once it has no picture yet.
  let asked = 0;
  await page.route(`**/api/watch/${recording.slug}`, async (route) => {
    asked += 1;
    if (asked <= 2) return route.fulfill({ status: 404, json: { code: "not_found", status: 404 } });
    if (asked > 3) return route.fallback();
    const answer = await route.fetch();
    return route.fulfill({ json: { ...(await answer.json()), playback: null } });
  });
  await page.goto(recording.url);
  await expect(root(page)).toHaveAttribute("data-state", "not_found");
  await expect(page.getByTestId("closed")).toContainText("it will appear here shortly");
  await expect(root(page)).toHaveAttribute("data-state", "recording");
  await page.keyboard.press("k");
  await playing(page);
});

test("while the server is away nothing that was written is lost", async ({ visit, serverWithoutModel, samsRecorder }) => {
  const recording = await samsRecorder.record();
  const page = await visit(serverWithoutModel);
  await open(page, recording.url, "recording");
  await page.keyboard.press("k");
  await playing(page);

  await serverWithoutModel.killServer();
  await expect(page.getByTestId("offline")).toBeVisible();
  // The code for writing has not been needed yet, and cannot come now.
  await page.keyboard.type("cThis stays");
  await expect(page.getByTestId("composer")).toContainText("Your words are kept here");
  await expect(page.getByTestId("comment-field")).toHaveValue("This stays");

  await serverWithoutModel.startServerAgain();
  await page.getByTestId("guest-name").fill("Ana");
  await expect(page.getByTestId("comment-field")).toHaveValue("This stays");
  await serverWithoutModel.killServer();
  await page.getByTestId("comment-send").click();
  await expect(page.getByTestId("composer")).toContainText("Your words are kept here");

  await serverWithoutModel.startServerAgain();
  await expect(page.getByTestId("offline")).toHaveCount(0, { timeout: 60_000 });
  await page.getByTestId("comment-send").click();
  await expect(page.getByTestId("comment-body")).toHaveText("This stays");
  await recording.stop();
  await expect(root(page)).toHaveAttribute("data-state", "finished", { timeout: 60_000 });
});

test("what is written while a comment is on its way stays in the field", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3);
  const page = await visit(serverWithoutModel, sam);
  let arrive = () => {};
  const held = new Promise<void>((resolve) => (arrive = resolve));
  await page.route("**/comments", async (route) => {
    if (route.request().method() === "POST") await held;
    return route.fallback();
  });
  await open(page, recording.url);
  const field = page.getByTestId("comment-field");
  await field.pressSequentially("First");
  await field.press("Enter");
  await field.pressSequentially(" and second");
  arrive();
  await expect(page.getByTestId("comment-body")).toHaveText(["First"]);
  await expect(field).toHaveValue("and second");
  await field.press("Enter");
  await expect(page.getByTestId("comment-body")).toHaveText(["First", "and second"]);
});

test("everybody reads along: a guest asks, the owner answers in the thread", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.record();
  const [owner, guest] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel)];
  await open(owner, recording.url, "recording");
  await open(guest, recording.url, "recording");

  await guest.getByTestId("comment-field").fill("Which button?");
  await guest.getByTestId("guest-name").fill("Ana");
  await guest.getByTestId("comment-field").press("Enter");

  await expect(owner.getByTestId("comment").filter({ hasText: "Which button?" })).toContainText("Ana");
  await expect(owner.getByTestId("announcements")).toContainText("Ana commented at");
  await expect(owner.getByTestId("mark")).toHaveCount(1);

  await owner.getByTestId("reply").click();
  await owner.getByTestId("reply-field").fill("The **green** one");
  await owner.getByTestId("reply-field").press("Enter");
  const answer = guest.getByTestId("comment").filter({ hasText: "The green one" });
  await expect(answer.locator("strong")).toHaveText("green");

  await guest.reload();
  await expect(guest.getByTestId("comment")).toHaveCount(2);
  await guest.getByTestId("comment-field").fill("Thanks");
  await expect(guest.getByTestId("comment-send")).toBeVisible();
  await expect(guest.getByTestId("guest-name"), "a name is given once").toHaveCount(0);
  await recording.stop();
});
