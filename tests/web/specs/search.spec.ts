// Search: from the field of every page to the second of a hit, by keyboard; what is told when nothing fits or the server does not answer.
import type { Page } from "@playwright/test";
import { LOOKS, nothingFound, PHONE } from "../support/axe";
import { test } from "../support/pages";
import { video } from "../support/player";
import { expect } from "../support/test";
import type { Person, TestServer } from "../support/test-server";

async function ask(server: TestServer, who: Person, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${who.token}`, "content-type": "application/json" };
  const answer = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status, path).toBeLessThan(300);
}
const hits = (page: Page) => page.getByTestId("hit");
const field = (page: Page) => page.getByTestId("search-field");

/** Waits until the worker has made what can be searched for. */
async function findable(server: TestServer, who: Person, q: string, kind: string): Promise<void> {
  const headers = { authorization: `Bearer ${who.token}` };
  const kinds = async () => {
    const answer = await fetch(`${server.url}/api/search?q=${encodeURIComponent(q)}`, { headers });
    const { items } = (await answer.json()) as { items: { kind: string }[] };
    return items.map((it) => it.kind);
  };
  await expect.poll(kinds, { timeout: 60_000 }).toContain(kind);
}

test("words that were said and written are found from any page, and open at their second", async ({
  visit,
  server,
  owner,
  spokenRecording,
}) => {
  await ask(server, owner, `/api/watch/${spokenRecording.slug}/comments`, {
    at_ms: 3000,
    body: "Über den **Umlaut** in `std::fmt`",
  });
  await findable(server, owner, "umlaut", "comment");
  const page = await visit(server, owner);
  await page.goto("/");
  await page.getByTestId("recording").first().waitFor();
  await page.keyboard.press("/");
  await expect(page.getByTestId("search")).toBeFocused();
  await page.keyboard.type("ueber");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/search\?q=ueber$/);
  await expect(field(page)).toBeFocused();
  await expect(hits(page)).toHaveCount(1);
  await expect(hits(page).locator("mark")).toHaveText("Über");
  await expect(page).toHaveTitle(/ueber – Search · Aside$/);

  // As it is typed.
  await field(page).fill("std::fm");
  await expect(hits(page).locator("mark")).toHaveText("std::fmt");
  await expect(page).toHaveURL(/\/search\?q=std%3A%3Afm$/);
  await page.reload();
  await expect(hits(page).locator("mark")).toHaveText("std::fmt");
  await field(page).fill("umlaut nowhere");
  await expect(page.getByTestId("nothing")).toContainText("umlaut nowhere");
  await field(page).fill("");
  await expect(page.getByTestId("search-hints")).toBeVisible();

  // What the server does not answer is said, and asked once more.
  await page.route("**/api/search?*", (route) => route.abort());
  await field(page).fill("umlaut");
  await expect(page.getByRole("alert")).toContainText("Can't reach the server");
  await page.unroute("**/api/search?*");
  await page.getByTestId("search-again").click();
  await expect(hits(page)).toHaveCount(1);

  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(hits(page).getByTestId("hit-link")).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/w/${spokenRecording.slug}\\?t=3&c=`));
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => Math.floor(it.currentTime))).toBe(3);

  // What was said, once it is transcribed.
  await findable(server, owner, "the in:speech", "speech");
  await page.goto("/search?q=the+in:speech");
  const said = hits(page).and(page.locator("[data-kind=speech]")).first();
  await expect(said.locator("mark").first()).toHaveText(/^the$/i);
  await said.getByTestId("hit-link").click();
  await expect(page).toHaveURL(new RegExp(`/w/${spokenRecording.slug}`));
});

test("axe finds nothing on the search page, whatever it shows", async ({
  visit,
  server,
  owner,
  spokenRecording,
}) => {
  await ask(server, owner, `/api/watch/${spokenRecording.slug}/comments`, {
    at_ms: 1000,
    body: "needle to look at",
  });
  await findable(server, owner, "needle", "comment");
  for (const [name, look] of LOOKS) {
    const page = await visit(server, owner, look);
    await page.goto("/search");
    await expect(page.getByTestId("search-hints")).toBeVisible();
    await nothingFound(page, `search, ${name}`);
    await field(page).fill("needle");
    await expect(hits(page).first()).toBeVisible();
    await nothingFound(page, `hits, ${name}`);
    await field(page).fill("needle nowhere");
    await expect(page.getByTestId("nothing")).toBeVisible();
    await nothingFound(page, `nothing, ${name}`);
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      `${name}: nothing sticks out`,
    ).toBe(true);
  }
  // Where the frame has no room for the field there is a way to the page.
  const phone = await visit(server, owner, PHONE);
  await phone.goto("/");
  await phone.getByTestId("search-link").click();
  await expect(field(phone)).toBeVisible();
});
