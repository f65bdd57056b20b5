// Rules of retention: said for the server and for a folder, announced in the library and on the watch page, pinned against.
import { nothingFound, PHONE } from "../support/axe";
import { test } from "../support/pages";
import { open } from "../support/player";
import { expect } from "../support/test";
import { TestServer } from "../support/test-server";

test("what goes to the trash by a rule is announced in the library and on its page, and kept by one click", async ({ visit }) => {
  test.setTimeout(180_000);
  const server = new TestServer({ model: false });
  try {
    await server.start();
    const sam = await server.person("sam@example.org", "owner");
    const recording = await server.recorder(sam).recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", "Plans"]);
    const page = await visit(server, sam, { colorScheme: "dark" });

    await page.goto("/settings");
    const rule = page.getByTestId("retention-server");
    await rule.getByLabel("Go to the trash after some time").check();
    await rule.getByTestId("retention-since").selectOption("created");
    await rule.getByTestId("retention-days").fill("1");
    await nothingFound(page, "settings");
    await page.getByTestId("save-server-retention").click();
    await expect(page.getByTestId("toast")).toContainText("go to the trash 1 day after they were made");

    // A worker looks at its start, and each hour.
    await server.killServer();
    await server.startServerAgain();
    await expect(async () => {
      await page.goto("/");
      await expect(page.getByTestId("ending-soon")).toContainText("1 recording goes to the trash soon", { timeout: 2_000 });
    }).toPass({ timeout: 60_000 });
    const card = page.getByTestId("recording");
    await expect(card.getByTestId("ending")).toContainText("trash in 7 days");
    await page.getByTestId("ending-soon").getByRole("button").click();
    await expect(page).toHaveURL(/state=ending/);
    await expect(card).toHaveCount(1);
    await nothingFound(page, "library");

    const phone = await visit(server, sam, PHONE);
    await open(phone, recording.url);
    await expect(phone.getByTestId("stays")).toContainText("Goes to the trash in 7 days");
    await nothingFound(phone, "watch page");
    await phone.getByTestId("keep-for-good").click();
    await expect(phone.getByTestId("stays")).toContainText("Kept for good");

    await page.goto("/");
    await expect(card).toContainText("kept for good");
    await expect(page.getByTestId("ending-soon")).toHaveCount(0);
    await card.getByTestId("recording-menu").click();
    await page.getByTestId("recording-keep").click();
    await expect(card).not.toContainText("kept for good");

    await page.getByTestId("new-folder").click();
    await page.getByTestId("folder-name").fill("Archive");
    await page.getByTestId("folder-name").press("Enter");
    await page.getByTestId("folder-menu").click();
    await page.getByTestId("folder-retain").click();
    const dialog = page.getByTestId("folder-retention");
    await dialog.getByLabel("Stay until somebody removes them").check();
    await nothingFound(page, "rule of a folder");
    await page.getByTestId("save-retention").click();
    await expect(page.getByTestId("toast")).toContainText("Saved how long recordings stay");
    await page.getByTestId("folder-menu").click();
    await page.getByTestId("folder-retain").click();
    await expect(dialog.getByLabel("Stay until somebody removes them")).toBeChecked();
  } finally {
    server.end();
  }
});
