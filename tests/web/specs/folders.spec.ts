// Folders, tags, several at once, sorting and filtering: one server and its recordings for all tests of this file.
import type { Page } from "@playwright/test";
import { nothingFound, PHONE } from "../support/axe";
import { expect } from "../support/test";
import { test as base } from "../support/pages";
import { TestServer, type Person } from "../support/test-server";

const TITLES = ["Plans", "Bug in login", "Release notes"];

const test = base.extend<{ page: Page }, { team: { server: TestServer; sam: Person } }>({
  team: [
    async ({}, use) => {
      const server = new TestServer({ model: false });
      try {
        await server.start();
        const sam = await server.person("sam@example.org", "owner");
        for (const title of TITLES) await server.recorder(sam).recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", title]);
        await use({ server, sam });
      } finally {
        server.end();
      }
    },
    { scope: "worker" },
  ],
  page: async ({ visit, team }, use) => {
    const page = await visit(team.server, team.sam);
    await page.goto("/");
    await expect(page.getByTestId("recording")).toHaveCount(TITLES.length);
    await use(page);
  },
});

const card = (page: Page, title: string) => page.getByTestId("recording").filter({ hasText: title });
const folder = (page: Page, name: string) => page.getByTestId("folder").filter({ hasText: name });
const titles = (page: Page) => page.getByTestId("recording").getByRole("heading");

async function newFolder(page: Page, name: string): Promise<void> {
  await page.getByTestId("new-folder").click();
  await page.getByTestId("folder-name").fill(name);
  await page.getByTestId("folder-name").press("Enter");
  await expect(folder(page, name)).toBeVisible();
}

test("a recording is moved by menu, by dragging and back by undo; a folder is nested, and not into itself", async ({ page }) => {
  await newFolder(page, "Work");
  await newFolder(page, "Bugs");

  await card(page, "Plans").getByTestId("recording-menu").click();
  await page.getByTestId("recording-move").click();
  await page.getByTestId("choose-folder").getByLabel("Work").check();
  await page.getByTestId("move-here").click();
  await expect(page.getByTestId("toast")).toContainText("“Plans” moved to Work");
  await expect(folder(page, "Work")).toContainText("1");

  await card(page, "Bug in login").dragTo(folder(page, "Bugs").getByRole("link"));
  await expect(page.getByTestId("toast")).toContainText("“Bug in login” moved to Bugs");
  await expect(folder(page, "Bugs")).toContainText("1");

  await folder(page, "Bugs").getByRole("link").dragTo(folder(page, "Work").getByRole("link"));
  await expect(folder(page, "Bugs")).toHaveAttribute("data-depth", "1");
  await folder(page, "Work").getByTestId("folder-menu").click();
  await page.getByTestId("folder-move").click();
  await expect(page.getByTestId("choose-folder").getByRole("radio"), "neither itself nor what lies in it").toHaveCount(1);
  await page.keyboard.press("Escape");
  await folder(page, "Work").getByRole("link").dragTo(folder(page, "Bugs").getByRole("link"));
  await expect(page.getByTestId("toast")).toContainText("cannot be moved into itself");

  await folder(page, "Bugs").getByRole("link").click();
  await expect(page).toHaveURL(/\?folder=/);
  await expect(titles(page)).toHaveText(["Bug in login"]);
  await page.reload();
  await expect(titles(page), "the place is in the address").toHaveText(["Bug in login"]);
  await card(page, "Bug in login").getByTestId("recording-menu").click();
  await page.getByTestId("recording-move").click();
  await page.getByTestId("choose-folder").getByLabel("No folder").check();
  await page.getByTestId("move-here").click();
  await expect(page.getByTestId("nothing")).toContainText("This folder is empty");
  await page.keyboard.press("Control+z");
  await expect(titles(page)).toHaveText(["Bug in login"]);
  await page.goBack();
  await expect(titles(page)).toHaveCount(3);

  // What holds something is not removed; what is empty is, and comes back.
  await folder(page, "Work").getByTestId("folder-menu").click();
  await page.getByTestId("folder-remove").click();
  await expect(page.getByTestId("toast")).toContainText("Something is in this folder");
  await newFolder(page, "Empty one");
  await folder(page, "Empty one").getByTestId("folder-menu").click();
  await page.getByTestId("folder-remove").click();
  await expect(folder(page, "Empty one")).toHaveCount(0);
  await page.getByTestId("toast-undo").click();
  await expect(folder(page, "Empty one")).toBeVisible();
});

test("several at once are tagged, found by their tag, and trashed, with the keyboard alone", async ({ page }) => {
  await card(page, "Plans").getByTestId("select").focus();
  await page.keyboard.press("Space");
  await expect(page.getByTestId("selection")).toContainText("1 selected");
  await card(page, "Release notes").getByTestId("select").focus();
  await page.keyboard.press("Space");
  await expect(page.getByTestId("selection")).toContainText("2 selected");
  await page.getByTestId("selection-tag").press("Enter");
  await page.getByTestId("new-tag").fill("Spring ");
  await page.getByTestId("new-tag").press("Enter");
  await page.getByTestId("new-tag").press("Enter");
  await expect(page.getByTestId("toast")).toContainText("Tags of 2 recordings changed");
  await expect(page.getByTestId("recording").getByRole("link", { name: "spring" })).toHaveCount(2);
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("selection")).toHaveCount(0);

  await page.getByRole("navigation", { name: "Folders and tags" }).getByRole("link", { name: /spring/ }).press("Enter");
  await expect(titles(page)).toHaveText(["Release notes", "Plans"]);
  await page.keyboard.press("Control+a");
  await expect(page.getByTestId("selection")).toContainText("2 selected");
  await page.getByTestId("selection-trash").press("Enter");
  await expect(page.getByTestId("nothing")).toContainText("Nothing here matches");
  await expect(page.getByRole("heading", { name: "Nothing here matches" })).toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(titles(page)).toHaveText(["Release notes", "Plans"]);
  await page.getByTestId("clear-filters").press("Enter");
  await expect(titles(page)).toHaveCount(3);
});

test("sort, filter and view stay: the first two in the address, the last in the browser", async ({ page }) => {
  await page.getByTestId("sort").selectOption("title");
  await expect(titles(page)).toHaveText(["Bug in login", "Plans", "Release notes"]);
  await page.getByTestId("filter-length").selectOption("long");
  await expect(page.getByTestId("nothing")).toContainText("Nothing here matches");
  await page.getByTestId("filter-length").selectOption("short");
  await page.getByTestId("filter-state").selectOption("finished");
  await page.getByTestId("filter-when").selectOption("day");
  await expect(titles(page)).toHaveCount(3);
  await expect(page).toHaveURL(/\?state=finished&when=day&length=short&sort=title$/);
  await page.getByTestId("view-list").click();
  await page.reload();
  await expect(titles(page)).toHaveText(["Bug in login", "Plans", "Release notes"]);
  await expect(page.getByTestId("filter-state")).toHaveValue("finished");
  await expect(page.getByTestId("view-list")).toHaveAttribute("aria-pressed", "true");
  await page.getByTestId("view-grid").click();
  await page.getByTestId("clear-filters").click();
  await expect(page).toHaveURL(/\/\?sort=title$/);
});

test("axe finds no violation in grid, list, selection and dialogs, and a phone has room for all of it", async ({ visit, team }) => {
  for (const [name, look] of [
    ["desk, light", { viewport: { width: 1280, height: 800 }, colorScheme: "light" }],
    ["desk, dark", { viewport: { width: 1280, height: 800 }, colorScheme: "dark" }],
    ["phone, light", { ...PHONE, colorScheme: "light" }],
  ] as const) {
    const page = await visit(team.server, team.sam, look);
    await page.goto("/");
    await expect(page.getByTestId("recording")).toHaveCount(3);
    await nothingFound(page, `${name}, grid`);
    const phone = name.startsWith("phone");
    if (phone) {
      await page.getByTestId("places").click();
      await nothingFound(page, `${name}, places`);
      await page.getByTestId("places").click();
    }
    await page.getByTestId("view-list").click();
    await page.getByTestId("select").first().check();
    await nothingFound(page, `${name}, list with a selection`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide, name).toBeLessThanOrEqual(0);
    for (const act of ["selection-move", "selection-tag"]) {
      await page.getByTestId(act).click();
      await nothingFound(page, `${name}, ${act}`);
      await page.keyboard.press("Escape");
    }
  }
});
