// Code that is loaded when it is needed, and does not come: a server that was updated meanwhile has other files.
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open, playing } from "../support/player";

test("a panel whose code does not come says so, and everything else works", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4, [...SYNTHETIC, "--title", "Bug in login"]);
  const page = await visit(serverWithoutModel, sam);
  await page.route("**/assets/ChaptersPanel-*.js", (route) => route.fulfill({ status: 404, body: "" }));
  await open(page, recording.url);
  await page.getByTestId("tab-chapters").click();
  await expect(page.getByRole("alert").filter({ hasText: "This part of the page could not be loaded. Reload the page to try again." })).toBeVisible();

  await page.getByTestId("tab-comments").click();
  await page.getByTestId("comment-field").fill("Still here");
  await page.getByTestId("comment-send").click();
  await expect(page.getByTestId("comment-body")).toHaveText("Still here");
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("k");
  await playing(page);

  await page.unroute("**/assets/ChaptersPanel-*.js");
  await page.reload();
  await page.getByTestId("tab-chapters").click();
  await expect(page.getByTestId("add-chapter")).toBeVisible();
});
