// The inbox: what concerns a person comes in while it is open, is worked through by keyboard, and can be taken back.
import type { Page } from "@playwright/test";
import { LOOKS, nothingFound } from "../support/axe";
import { video } from "../support/player";
import { saved } from "../support/settings";
import { type Team, teamTest } from "../support/team";
import { expect } from "../support/test";
import type { Person } from "../support/test-server";

const test = teamTest(8, "Cut-off button");

async function ask(team: Team, who: Person, method: string, path: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${who.token}`, "content-type": "application/json" };
  const answer = await fetch(team.server.url + path, { method, headers, body: JSON.stringify(body) });
  expect(answer.status, `${method} ${path}`).toBeLessThan(300);
  return answer;
}
const say = (team: Team, who: Person, body: string, at_ms: number) =>
  ask(team, who, "POST", `/api/watch/${team.recording.slug}/comments`, { body, at_ms });
const notices = (page: Page) => page.getByTestId("notice");

test("what somebody says comes into the open inbox and is worked through by keyboard", async ({
  visit,
  team,
}) => {
  const sam = await visit(team.server, team.sam);
  await sam.goto("/inbox");
  await expect(sam.getByTestId("inbox-empty")).toBeVisible();
  await say(team, team.ana, "the **first**", 1000);
  await expect(sam).toHaveTitle("(1) Inbox · Aside");
  await expect(sam.getByTestId("unread")).toHaveText("1");
  await expect(notices(sam)).toContainText(["ana commented"]);
  await expect(notices(sam)).toContainText(["the first"]);
  await say(team, team.ana, "the second", 3000);
  await say(team, team.ana, "the third", 5000);
  await expect(notices(sam)).toHaveCount(3);

  await sam.keyboard.press("j");
  await sam.keyboard.press("u");
  await expect(sam.getByTestId("unread")).toHaveText("2");
  await sam.keyboard.press("u");
  await expect(sam.getByTestId("unread")).toHaveText("3");
  await sam.keyboard.press("j");
  await sam.keyboard.press("e");
  await expect(notices(sam)).toHaveCount(2);
  await expect(sam.getByTestId("unread")).toHaveText("2");
  await sam.keyboard.press("Control+z");
  await expect(notices(sam)).toHaveCount(3);
  await expect(sam.getByTestId("unread")).toHaveText("3");

  // The focus is on what came back.
  await sam.keyboard.press("h");
  await sam.getByTestId("later-tomorrow").press("Enter");
  await expect(notices(sam)).toHaveCount(2);
  await sam.goto("/inbox?part=later");
  await expect(notices(sam)).toContainText(["the second"]);

  await sam.goto("/inbox");
  await expect(notices(sam)).toHaveCount(2);
  await sam.keyboard.press("k");
  await expect(notices(sam).first().getByTestId("notice-link")).toBeFocused();
  await sam.keyboard.press("Enter");
  await expect(sam).toHaveURL(new RegExp(`/w/${team.recording.slug}\\?t=5$`));
  await expect.poll(() => video(sam).evaluate((it: HTMLVideoElement) => Math.floor(it.currentTime))).toBe(5);
});

test("a thread is muted where it is told of, and what comes by mail is chosen in the settings", async ({
  visit,
  team,
}) => {
  const sam = await visit(team.server, team.sam);
  await say(team, team.ana, "about to be muted", 2000);
  await sam.goto("/inbox");
  const first = notices(sam).filter({ hasText: "about to be muted" });
  await first.getByTestId("notice-more").click();
  await first.getByTestId("follow-thread").click();
  await first.getByTestId("follow-false").click();
  await expect(sam.getByText("this thread is muted")).toBeVisible();
  await first.getByTestId("notice-more").click();
  await first.getByTestId("follow-thread").click();
  await expect(first.getByTestId("follow-false")).toHaveAttribute("aria-pressed", "true");

  await sam.goto("/settings");
  await saved(sam, () => sam.getByTestId("pace-answer").selectOption("daily"));
  await saved(sam, () => sam.getByTestId("quiet").check());
  await expect(sam.getByTestId("quiet-from")).toHaveValue("20:00");
  await sam.reload();
  await expect(sam.getByTestId("pace-answer")).toHaveValue("daily");
  await expect(sam.getByTestId("quiet")).toBeChecked();
});

for (const [name, look] of LOOKS) {
  test(`axe finds nothing in the inbox, ${name}`, async ({ visit, team }) => {
    await say(team, team.ana, "words to look at", 1500);
    const sam = await visit(team.server, team.sam, look);
    await sam.goto("/inbox");
    await expect(notices(sam).first()).toBeVisible();
    await nothingFound(sam, `inbox, ${name}`);
    await notices(sam).first().getByTestId("later").click();
    await nothingFound(sam, `inbox, a menu, ${name}`);
  });
}

test("whoever is asked to watch finds it under “Catch up”, and the owner sees who is done", async ({
  visit,
  team,
}) => {
  const sam = await visit(team.server, team.sam);
  await sam.goto("/");
  await sam.getByTestId("recording-menu").click();
  await sam.getByTestId("recording-viewers").click();
  await expect(sam.getByTestId("viewers")).toBeVisible();
  await sam.getByTestId("ask-until").fill("2099-12-31");
  await sam.getByTestId("ask-viewer").selectOption({ label: "ana" });
  await expect(sam.getByTestId("asked-viewer")).toContainText("Not yet");
  await expect(sam.getByTestId("viewers-seen")).toHaveText("0 of 1 have seen it.");

  const ana = await visit(team.server, team.ana);
  await ana.goto("/inbox");
  await expect(notices(ana)).toContainText(["sam asks you to watch this"]);
  await ana.getByTestId("catch-up").click();
  await expect(ana.getByTestId("unseen")).toContainText("Cut-off button");
  await expect(ana.getByTestId("unseen")).toContainText("Asked for until");
  await expect(ana.getByTestId("total")).toContainText("1 recording, 1 min");
  await nothingFound(ana, "catch up");
  await ana.getByTestId("caught-up").click();
  await expect(ana.getByTestId("caught-up-all")).toBeVisible();
  await ana.keyboard.press("Control+z");
  await expect(ana.getByTestId("unseen")).toBeVisible();
  await ana.getByTestId("caught-up").click();
  await expect(ana.getByTestId("caught-up-all")).toBeVisible();

  await sam.reload();
  await sam.getByTestId("recording-menu").click();
  await sam.getByTestId("recording-viewers").click();
  await expect(sam.getByTestId("asked-viewer")).toContainText("Done");
  await expect(sam.getByTestId("viewers-seen")).toHaveText("1 of 1 have seen it.");
  await nothingFound(sam, "who is asked to watch");
});
