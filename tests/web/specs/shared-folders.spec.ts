// Folders whose sharing counts for what lies in them; several recordings shared and handed over at once; forms that two change.
import type { Page } from "@playwright/test";
import { nothingFound } from "../support/axe";
import { test as base } from "../support/pages";
import { expect } from "../support/test";
import { type Person, TestServer } from "../support/test-server";

const TITLES = ["Plans", "Bug in login"];

const test = base.extend<object, { team: { server: TestServer; sam: Person; ana: Person } }>({
  team: [
    async ({}, use) => {
      const server = new TestServer({ model: false });
      try {
        await server.start();
        const sam = await server.person("sam@example.org", "owner");
        const ana = await server.person("ana@example.org");
        for (const title of TITLES) await server.recorder(sam).recorded(2, ["--screen", "synthetic", "--mic", "none", "--title", title]);
        await use({ server, sam, ana });
      } finally {
        server.end();
      }
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

const card = (page: Page, title: string) => page.getByTestId("recording").filter({ hasText: title });
const titles = (page: Page) => page.getByTestId("recording").getByRole("heading");
const toast = (page: Page) => page.getByTestId("toast");

test("a folder is shared, what lies in it follows and may be narrowed, and others find it", async ({ visit, team }) => {
  const [sam, ana] = [await visit(team.server, team.sam), await visit(team.server, team.ana)];
  await sam.goto("/");
  await sam.getByTestId("new-folder").click();
  await sam.getByTestId("folder-name").fill("Team");
  await sam.getByTestId("folder-name").press("Enter");
  await sam.getByTestId("folder").getByTestId("folder-menu").click();
  await sam.getByTestId("folder-share").click();
  const sheet = sam.getByTestId("folder-sheet");
  await sheet.getByTestId("folder-name").selectOption({ label: "ana" });
  await expect(sheet.getByTestId("folder-who")).toHaveText("What lies here is for only you and 1 person.");
  for (const look of ["dark", "light"] as const) {
    await sam.emulateMedia({ colorScheme: look });
    await nothingFound(sam, `sheet of a folder, ${look}`);
  }
  await sheet.getByRole("button", { name: "Close" }).click();

  // Removed by mistake it comes back, with whom it is shared with.
  await sam.getByTestId("folder").getByTestId("folder-menu").click();
  await sam.getByTestId("folder-remove").click();
  await expect(toast(sam)).toContainText("Folder “Team” removed");
  await expect(sam.getByTestId("folder")).toHaveCount(0);
  await toast(sam).getByTestId("toast-undo").click();
  await expect(sam.getByTestId("folder")).toHaveCount(1);

  // The move says who can watch then, before and after it, and is taken back.
  await card(sam, "Plans").getByTestId("recording-menu").click();
  await sam.getByTestId("recording-move").click();
  await expect(sam.getByTestId("choose-folder")).toContainText("for people named for it");
  await sam.getByTestId("choose-folder").getByLabel("Team").check();
  await sam.getByTestId("move-here").click();
  await expect(toast(sam)).toContainText("“Plans” moved to Team. Only those with whom “Team” is shared can watch now");
  await expect(card(sam, "Plans")).toContainText("as its folder");
  await sam.keyboard.press("Control+z");
  await expect(card(sam, "Plans")).not.toContainText("as its folder");
  await card(sam, "Plans").dragTo(sam.getByTestId("folder").getByRole("link"));
  await expect(card(sam, "Plans")).toContainText("as its folder");

  await ana.goto("/");
  await ana.getByTestId("shared-folder").getByRole("link").click();
  await expect(ana).toHaveURL(/section=shared&folder=/);
  await expect(titles(ana)).toHaveText(["Plans"]);
  await expect(ana.getByRole("heading", { level: 1 })).toHaveText("Team");
  await ana.getByTestId("shared-folder-menu").click();
  await ana.getByTestId("follow-false").click();
  await expect(toast(ana)).toContainText("Team is muted");
  await nothingFound(ana, "a folder of somebody else");

  // Its own sheet narrows it, and gives it back to the folder.
  const link = await card(sam, "Plans").getByRole("link").first().getAttribute("href");
  const owner = await visit(team.server, team.sam);
  await owner.goto(link ?? "");
  await owner.getByTestId("share").click();
  await expect(owner.getByTestId("who")).toHaveText("Only you and 1 person can watch and comment.");
  await expect(owner.getByTestId("audience-link"), "never for more than its folder").toHaveCount(0);
  await owner.getByTestId("audience-owner").check();
  await expect(owner.getByTestId("who")).toHaveText("Only you can watch and comment.");
  await ana.reload();
  await expect(titles(ana)).toHaveCount(0);
  await owner.keyboard.press("Control+z");
  await expect(owner.getByTestId("audience-folder")).toBeChecked();
  await ana.reload();
  await expect(titles(ana)).toHaveText(["Plans"]);
});

test("several are shared at once and handed over, and each is taken back", async ({ visit, team }) => {
  const sam = await visit(team.server, team.sam);
  await sam.goto("/");
  await expect(titles(sam)).toHaveCount(2);
  await sam.getByTestId("recording").first().hover();
  await sam.keyboard.press("Control+a");
  await sam.getByTestId("selection-share").click();
  const many = sam.getByTestId("share-many");
  await nothingFound(sam, "share several");
  await many.getByTestId("many-person").fill("ana");
  await many.getByTestId("share-many-act").click();
  await expect(toast(sam)).toContainText("2 recordings shared with ana");
  await sam.keyboard.press("Control+z");

  await sam.getByTestId("selection-hand-over").click();
  await nothingFound(sam, "hand over");
  await sam.getByTestId("hand-over-to").selectOption({ label: "ana" });
  await sam.getByTestId("hand-over-act").click();
  await expect(toast(sam)).toContainText("2 recordings handed over to ana, who is told");
  await expect(titles(sam)).toHaveCount(0);
  await sam.keyboard.press("Control+z");
  await expect(titles(sam)).toHaveCount(2);
});

test("of two windows that change one form the second is told, what was typed stays, and is sent again", async ({ visit, team }) => {
  const [one, two] = [await visit(team.server, team.sam), await visit(team.server, team.sam)];
  for (const page of [one, two]) {
    await page.goto("/settings");
    await expect(page.getByTestId("team-words-field")).toBeVisible();
  }
  const save = async (page: Page, words: string) => {
    await page.getByTestId("team-words-field").fill(words);
    await page.getByTestId("save-team-words").click();
  };
  await save(one, "Kubernetes");
  await expect(toast(one)).toContainText("Saved");
  await save(two, "Grafana");
  await expect(two.getByTestId("team-words")).toContainText("changed meanwhile");
  await expect(two.getByTestId("team-words-field")).toHaveValue("Grafana");
  await two.getByTestId("save-team-words").click();
  await expect(toast(two)).toContainText("Saved");
  await one.reload();
  await expect(one.getByTestId("team-words-field")).toHaveValue("Grafana");
});
