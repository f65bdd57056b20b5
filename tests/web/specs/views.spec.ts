// Who watched: counted by the page, told to the owner, offered again to whoever has not finished.
import type { Page } from "@playwright/test";
import { LOOKS, nothingFound } from "../support/axe";
import { open, playing, video } from "../support/player";
import { type Team, teamTest } from "../support/team";
import { expect } from "../support/test";
import type { Finished } from "../support/test-server";

const test = teamTest(20, "Long enough");

interface Told {
  people: { name: string; percent: number }[];
  unknown: number;
}

/** What the owner is told. */
async function views({ server, sam, recording }: Team): Promise<Told> {
  const headers = { authorization: `Bearer ${sam.token}` };
  const watch = (await (await fetch(`${server.url}/api/watch/${recording.slug}`, { headers })).json()) as { id: string };
  return (await (await fetch(`${server.url}/api/recordings/${watch.id}/views`, { headers })).json()) as Told;
}

/** Plays from the beginning until `seconds`. */
async function watch(page: Page, recording: Finished, seconds: number): Promise<void> {
  await open(page, recording.url);
  await page.keyboard.press("Space");
  await playing(page);
  await expect.poll(() => video(page).evaluate((it: HTMLVideoElement) => it.currentTime), { timeout: 60_000 }).toBeGreaterThan(seconds);
}

test("who watched is told to the owner with a name, to nobody else, and what was begun is offered again", async ({ visit, team }) => {
  test.setTimeout(180_000);
  const ana = await visit(team.server, team.ana);
  await ana.goto("/?section=everyone");
  await expect(ana.getByTestId("unseen")).toBeVisible();
  await watch(ana, team.recording, 7);
  await expect(ana.getByTestId("noted")).toContainText("sam sees that you watched");
  await expect(ana.getByTestId("views")).toHaveCount(0);
  await expect.poll(async () => (await views(team)).people.map(({ name }) => name), { timeout: 30_000 }).toEqual(["ana"]);
  await ana.goto("/?section=everyone");
  await expect(ana.getByTestId("recording")).toContainText("1 view");
  await expect(ana.getByTestId("unseen")).toHaveCount(0);
  const offered = ana.getByTestId("unfinished").getByRole("link");
  await expect(offered).toContainText("Long enough");
  await offered.click();
  await expect(ana).toHaveURL(/\?t=\d+$/);

  const sam = await visit(team.server, team.sam);
  await open(sam, team.recording.url);
  await expect(sam.getByTestId("noted")).toHaveCount(0);
  await sam.getByTestId("views").click();
  await expect(sam.getByTestId("watched-by")).toContainText("ana");
  await expect(sam.getByTestId("attention")).toBeVisible();
  await sam.keyboard.press("Escape");
  await expect(sam.getByTestId("watched-by")).toHaveCount(0);
  await watch(sam, team.recording, 7);
  await sam.goto("/");
  expect((await views(team)).people, "one's own views do not count").toHaveLength(1);
});

test("whoever asks not to be followed is told nothing and not counted", async ({ visit, team }) => {
  test.setTimeout(120_000);
  const before = (await views(team)).unknown;
  const page = await visit(team.server, undefined, { extraHTTPHeaders: { "sec-gpc": "1" } });
  let reports = 0;
  page.on("request", (request) => (reports += request.url().endsWith("/watched") ? 1 : 0));
  await watch(page, team.recording, 6);
  await expect(page.getByTestId("noted")).toHaveCount(0);
  await page.goto("about:blank");
  expect(reports).toBe(0);
  expect((await views(team)).unknown).toBe(before);
});

for (const [look, options] of LOOKS) {
  test(`the list of who watched has no finding of axe: ${look}`, async ({ visit, team }) => {
    const page = await visit(team.server, team.sam, options);
    await open(page, team.recording.url);
    await page.getByTestId("views").click();
    await expect(page.getByTestId("watched-by")).toBeVisible();
    await expect(page.getByTestId("watched-by")).not.toContainText("Loading");
    await nothingFound(page, `who watched, ${look}`);
  });
}
