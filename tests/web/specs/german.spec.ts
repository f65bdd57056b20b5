// Pages in German: nothing on them is English, nothing is wider than its window, axe finds nothing; and how one comes there.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { LOOKS, nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { open } from "../support/player";
import { ROOT } from "../support/program";
import { expect } from "../support/test";

interface Catalogue {
  texts: Record<string, string>;
  files: Record<string, Record<string, string>>;
}
const { texts, files } = JSON.parse(readFileSync(path.join(ROOT, "web/messages/de.json"), "utf8")) as Catalogue;
const pairs = [texts, ...Object.values(files)].flatMap((it) => Object.entries(it));
const german = new Set(pairs.map(([, it]) => it));
/** English texts, values as anything, but for those that a German page has as well. Short ones may be anybody's words. */
const english = pairs
  .filter(([it, translated]) => it !== translated && !german.has(it) && it.replace(/\{\d+\}/g, "").trim().length > 3)
  .map(([it]) => new RegExp(`^${it.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\{\d+\\\}/g, ".*")}$`));

/** What of a page is read or spoken, and is English. */
async function leftInEnglish(page: Page): Promise<string[]> {
  const read = await page.evaluate(() => {
    const found: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      // What people wrote, and what the programs are called.
      if (node.parentElement?.closest("script, style, code, bdi, [dir=auto], [translate=no], [lang]:not(html)")) continue;
      found.push(node.textContent ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
      for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(element.getAttribute(name) ?? "");
    return found.map((it) => it.replace(/\s+/g, " ").trim());
  });
  return [...new Set(read.filter((it) => /\p{L}/u.test(it) && english.some((text) => text.test(it))))];
}

const WIDTHS = [320, 390, 600, 820, 1280];

async function inGerman(page: Page, where: string): Promise<void> {
  await page.locator("h1").first().waitFor();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  expect.soft(await leftInEnglish(page), where).toEqual([]);
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    // The watch page lays itself out anew in the next frame.
    await expect.configure({ soft: true, timeout: 5000 }).poll(over, `${where} at ${width}`).toBeLessThanOrEqual(0);
  }
  if (before) await page.setViewportSize(before);
  await nothingFound(page, where);
}

test("nothing on the pages of somebody who reads German is English, too wide or out of reach", async ({ visit, server, owner, spokenRecording }) => {
  test.setTimeout(240_000);
  const [, look] = LOOKS[0] ?? [];
  const page = await visit(server, owner, { ...look, locale: "de-DE" });
  for (const [where, phase] of [
    ["/", "ready"],
    ["/?section=shared", "empty"],
    ["/trash", "empty"],
    ["/people", "ready"],
    ["/inbox", null],
    ["/catch-up", null],
    ["/settings", "ready"],
    ["/audit", "ready"],
    ["/integrations", "ready"],
    ["/search", null],
    ["/device", null],
    ["/nowhere", null],
  ] as const) {
    await page.goto(where);
    await expect(page.locator("[data-page]")).not.toHaveAttribute("data-state", "loading");
    if (phase) await expect(page.locator("[data-page]")).toHaveAttribute("data-state", phase);
    await inGerman(page, where);
  }

  await open(page, spokenRecording.url);
  await expect(page.getByTestId("comment-count")).toBeVisible();
  await inGerman(page, "watch page");
  await page.getByRole("tab", { name: "Transkript" }).click();
  await expect(page.getByTestId("language")).toHaveText("Englisch");
  await inGerman(page, "transcript");
  await page.getByTestId("share").click();
  await expect(page.getByTestId("share-sheet").locator("fieldset")).toBeVisible();
  await inGerman(page, "share sheet");
  await page.keyboard.press("Escape");
  await page.getByTestId("viewing").click();
  await inGerman(page, "menu of the player");
  await page.getByTestId("help").click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await inGerman(page, "keyboard help");
  await expect(page.locator("time").first()).toHaveText(/gerade eben|vor \d+ (Min|Sek|Std)/);

  const guest = await visit(server, undefined, { ...look, locale: "de-AT" });
  for (const where of ["/sign-in", "/reset", "/invitation#aside_x"]) {
    await guest.goto("about:blank");
    await guest.goto(where);
    await expect(guest.locator("[data-page]")).not.toHaveAttribute("data-state", "loading");
    await inGerman(guest, where);
  }
});

test("the language of a page is that of the account, of a guest's choice, or of the browser", async ({ visit, serverWithoutModel, sam }) => {
  const guest = await visit(serverWithoutModel);
  await guest.goto("/sign-in");
  await expect(guest.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await guest.getByRole("link", { name: "Deutsch" }).click();
  await expect(guest.getByRole("heading", { name: "Anmelden" })).toBeVisible();
  await guest.goto("/sign-in?next=/settings");
  await expect(guest.getByRole("heading", { name: "Anmelden" })).toBeVisible();
  await guest.getByRole("link", { name: "English" }).click();
  await expect(guest.getByRole("heading", { name: "Sign in" })).toBeVisible();

  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  await page.locator("select[name=language]").selectOption("de");
  await page.getByTestId("save-profile").click();
  await expect(page.getByRole("heading", { name: "Einstellungen" })).toBeVisible();
  // Another browser of the same person, which asks for English, learns it from the account.
  const other = await visit(serverWithoutModel, sam);
  await other.goto("/settings");
  await expect(other.getByRole("heading", { name: "Einstellungen" })).toBeVisible();
  await page.locator("select[name=language]").selectOption("");
  await page.getByTestId("save-profile").click();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("the server's name and colour are on its pages once an admin has said them", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(3);
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  await page.getByTestId("server-name").fill("Acme <b>Video</b>");
  await page.getByTestId("own-colour").check();
  await page.getByTestId("server-colour").fill("#ff0000");
  await page.getByTestId("save-server-look").click();
  await expect(page.getByRole("alert")).toContainText("Red");
  await page.getByTestId("server-colour").fill("#0f766e");
  await page.getByTestId("save-server-look").click();
  await expect(page.getByTestId("toast")).toContainText("Saved");
  await nothingFound(page, "settings");

  const accent = (it: Page) => it.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--accent"));
  const guest = await visit(serverWithoutModel, undefined, { colorScheme: "dark" });
  await guest.goto("/sign-in");
  await expect(guest).toHaveTitle("Sign in · Acme <b>Video</b>");
  await expect(guest.getByRole("link", { name: "Acme <b>Video</b>" })).toBeVisible();
  await open(guest, recording.url);
  await expect(guest.locator("header .home")).toHaveText("Acme <b>Video</b>");
  await expect(guest).toHaveTitle(/· Acme <b>Video<\/b>$/);
  await nothingFound(guest, "watch page, dark");
  expect(await accent(guest)).not.toBe("#635fd0");
  await page.reload();
  expect(await accent(page)).toBe("#0f766e");
  await page.goto("/");
  await nothingFound(page, "library");
});
