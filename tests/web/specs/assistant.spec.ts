// A language model writes while the owner looks on, who decides; a task is given away with a click; a member has the words translated.
import { LOOKS, nothingFound, PHONE } from "../support/axe";
import { Model } from "../support/model";
import { test } from "../support/pages";
import { open, video } from "../support/player";
import { expect, SYNTHETIC } from "../support/test";
import { TestServer } from "../support/test-server";

const SRT = `1
00:00:00,500 --> 00:00:03,000
Hello and welcome to the review of the login page of our shop.

2
00:00:03,000 --> 00:00:06,000
The button is cut off on small screens and nobody can sign in there.

3
00:00:07,500 --> 00:00:10,000
Olga please fix the button until Friday so that we can ship it.
`;

test("a model writes title, summary, chapters and tasks; the owner decides, gives a task away, and a member reads it all in German", async ({ visit }) => {
  const model = new Model();
  const url = await model.start();
  const server = new TestServer({ model: false, args: ["--assistant-url", url, "--assistant-model", "small-7b"] });
  try {
    await server.start();
    const sam = await server.person("sam@example.org", "owner");
    const olga = await server.person("olga@example.org");
    const recording = await server.recorder(sam).recorded(12, [...SYNTHETIC, "--title", "Take 1"]);
    const headers = { authorization: `Bearer ${sam.token}` };
    const { id } = (await (await fetch(`${server.url}/api/watch/${recording.slug}`)).json()) as { id: string };
    model.says(
      { kind: "title", text: "Login button is cut off" },
      { kind: "sentence", at: 3, text: "Nobody can sign in on small screens." },
      { kind: "chapter", at: 7, text: "What to do" },
      { kind: "task", at: 7, text: "Fix the button", who: "Olga", until: "Friday" },
      { kind: "task", at: 7, text: "Ship it", who: "somebody" },
    );
    model.hold();
    const owner = await visit(server, sam);
    let reads = 0;
    owner.on("request", (request) => (reads += Number(new URL(request.url()).pathname === `/api/watch/${recording.slug}/transcript`)));
    await open(owner, recording.url);
    await owner.getByTestId("tab-transcript").click();
    const brought = await fetch(`${server.url}/api/recordings/${id}/transcript/file?language=en`, { method: "PUT", headers, body: SRT });
    expect(brought.status).toBe(200);

    // It grows while the model writes.
    const panel = owner.getByTestId("suggestions");
    const found = owner.getByTestId("suggestion");
    await expect(panel.locator("summary")).toContainText("small-7b is writing");
    await panel.locator("summary").click();
    await expect(found.filter({ hasText: "Login button is cut off" })).toBeVisible();
    await expect(found.filter({ hasText: "Nobody can sign in" })).toHaveCount(0);
    await expect(owner.getByTestId("assistant")).toContainText("were sent to 127.0.0.1:");
    await expect(owner.getByTestId("word").first()).toBeVisible();
    const readsBefore = reads;
    await nothingFound(owner, "while a model writes");
    model.goOn();
    await expect(panel.locator("summary")).toHaveText("Written by a model: 5");
    await expect(found).toHaveCount(5);
    expect(reads, "the words are the same and are not read again").toBe(readsBefore);
    expect(model.questions).toHaveLength(1);
    expect(model.questions[0]?.user).toContain("\n[7] Olga please fix the button until Friday so that we can ship it.\n");
    await nothingFound(owner, "what a model wrote");

    // The title, and back.
    const title = owner.getByTestId("title");
    await found.filter({ hasText: "Login button" }).getByTestId("accept").click();
    await expect(title).toContainText("Login button is cut off");
    await owner.getByTestId("toast-undo").click();
    await expect(title).toContainText("Take 1");
    await expect(found).toHaveCount(5);

    await found.filter({ hasText: "Nobody can sign in" }).getByTestId("accept").click();
    await expect(owner.getByTestId("points-sentence")).toContainText("written by a model (small-7b)");

    // Olga is who is meant: one click.
    const task = found.filter({ hasText: "Fix the button" });
    await expect(task).toContainText("olga · until");
    await task.getByRole("button", { name: "Ask olga" }).click();
    await expect(task).toHaveCount(0);
    const comments = (await (await fetch(`${server.url}/api/watch/${recording.slug}/comments`, { headers })).json()) as {
      comments: { body: string; assigned: { name: string; due_on: string } | null }[];
    };
    expect(comments.comments).toMatchObject([{ body: "Fix the button", assigned: { name: "olga" } }]);
    expect(comments.comments[0]?.assigned?.due_on).toMatch(/^\d{4}-\d\d-\d\d$/);
    // Of the other one nobody knows who is meant.
    const ship = found.filter({ hasText: "Ship it" });
    await ship.getByTestId("give").click();
    await owner.getByTestId("give-to").selectOption({ label: "olga" });
    await nothingFound(owner, "the form that gives a task away");
    await owner.getByTestId("give-to").press("Escape");
    await expect(ship.getByTestId("give")).toBeFocused();
    await ship.getByTestId("give").click();
    await owner.getByTestId("give-to").selectOption({ label: "olga" });
    await owner.getByTestId("give-it").click();
    await expect(ship).toHaveCount(0);
    await owner.getByTestId("toast-undo").click();
    await expect(ship).toBeVisible();

    // Olga has it translated; a guest reads it then, and cannot ask.
    const member = await visit(server, olga);
    await open(member, recording.url);
    await member.getByTestId("tab-transcript").click();
    await expect(member.getByTestId("suggestions")).toHaveCount(0);
    await member.getByTestId("words-menu").click();
    await member.getByTestId("translate-into").selectOption("de");
    await expect(member.getByTestId("translate")).toContainText("the words are sent to 127.0.0.1:");
    await nothingFound(member, "the menu with languages");
    await member.getByTestId("translate-it").click();
    const translated = member.getByTestId("translated");
    await expect(translated).toContainText("OLGA PLEASE FIX THE BUTTON");
    await expect(translated).toContainText("German · translated by a machine (small-7b)");
    await expect(member.getByTestId("ask-remove-translation"), "of somebody else's recording").toHaveCount(0);
    const captions = video(member).locator('track[srclang="de"]');
    await expect(captions).toHaveCount(1);
    await nothingFound(member, "a translation");
    await member.getByTestId("show-original").click();
    await expect(member.getByTestId("word").first()).toBeVisible();
    await expect(captions).toHaveCount(0);

    const guest = await visit(server, undefined, { ...PHONE, colorScheme: "dark" });
    await open(guest, recording.url);
    await guest.getByTestId("tab-transcript").click();
    await guest.getByTestId("words-menu").click();
    await expect(guest.getByTestId("translate")).toHaveCount(0);
    await guest.getByTestId("language-de").click();
    await expect(guest.getByTestId("translated")).toContainText("HELLO AND WELCOME");
    await nothingFound(guest, "a translation on a phone");

    // The owner removes it, and whoever reads it is back at what was said.
    await owner.getByTestId("words-menu").click();
    await owner.getByTestId("language-de").click();
    await owner.getByTestId("ask-remove-translation").click();
    await expect(owner.getByTestId("keep-translation")).toBeFocused();
    await nothingFound(owner, "whether a translation is removed");
    await owner.keyboard.press("Enter");
    await expect(owner.getByTestId("ask-remove-translation")).toBeFocused();
    await owner.keyboard.press("Enter");
    await owner.getByTestId("remove-translation").click();
    for (const page of [owner, guest]) {
      await expect(page.getByTestId("translated")).toHaveCount(0);
      await expect(page.getByTestId("word").first()).toBeVisible();
    }
    const left = (await (await fetch(`${server.url}/api/watch/${recording.slug}/translations`)).json()) as { translations: unknown[] };
    expect(left.translations).toEqual([]);

    await member.goto(`${server.url}/settings`);
    await expect(member.getByTestId("assistant-told")).toContainText("small-7b at 127.0.0.1:");

    for (const [look, context] of LOOKS.slice(1)) {
      const page = await visit(server, sam, context);
      await open(page, recording.url);
      await page.getByTestId("tab-transcript").click();
      await page.getByTestId("suggestions").locator("summary").click();
      await expect(page.getByTestId("suggestion")).toHaveCount(3);
      await nothingFound(page, `what a model wrote, ${look}`);
    }
  } finally {
    server.end();
    model.end();
  }
});
