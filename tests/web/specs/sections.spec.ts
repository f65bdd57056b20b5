// What others recorded: shared by name, for everyone, and what each list keeps quiet.
import type { Page } from "@playwright/test";
import { LOOKS, nothingFound } from "../support/axe";
import { test as base } from "../support/pages";
import { expect } from "../support/test";
import { type Person, TestServer } from "../support/test-server";

const SYNTHETIC = ["--screen", "synthetic", "--mic", "none"] as const;

interface Team {
  server: TestServer;
  sam: Person;
  ana: Person;
}

const test = base.extend<{ page: Page }, { team: Team }>({
  team: [
    async ({}, use) => {
      const server = new TestServer({ model: false });
      try {
        await server.start();
        const sam = await server.person("sam@example.org", "owner");
        const ana = await server.person("ana@example.org");
        for (const [title, change] of [
          ["Town hall", { audience: "members" }],
          ["For Ana alone", { audience: "owner" }],
          ["Behind a password", { audience: "link", password: "correct horse" }],
          ["Only mine", { audience: "owner" }],
        ] as const) {
          const { slug } = await server.recorder(sam).recorded(2, [...SYNTHETIC, "--title", title]);
          const headers = { authorization: `Bearer ${sam.token}`, "content-type": "application/json" };
          const watch = (await (await fetch(`${server.url}/api/watch/${slug}`, { headers })).json()) as { id: string };
          const ask = (method: string, path: string, body: unknown) =>
            fetch(`${server.url}/api/recordings/${watch.id}${path}`, { method, headers, body: JSON.stringify(body) });
          expect((await ask("PATCH", "/sharing", change)).status).toBe(200);
          if (title === "For Ana alone") expect((await ask("POST", "/people", { mail: "ana@example.org" })).status).toBe(200);
        }
        await use({ server, sam, ana });
      } finally {
        server.end();
      }
    },
    { scope: "worker", timeout: 120_000 },
  ],
  page: async ({ visit, team }, use) => use(await visit(team.server, team.ana)),
});

const titles = (page: Page) => page.getByTestId("recording").getByRole("heading");

test("who has recorded nothing finds what is shared by name and what is for everyone; neither tells what a password hides", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "No recordings yet" })).toBeVisible();
  await page.getByTestId("section-shared").click();
  await expect(page).toHaveURL(/\?section=shared$/);
  await expect(titles(page)).toHaveText(["For Ana alone"]);
  await expect(page.getByTestId("recording")).toContainText("sam");
  await page.getByTestId("section-everyone").click();
  await expect(titles(page)).toHaveText(["Town hall"]);
  await page.reload();
  await expect(titles(page), "the place is in the address").toHaveText(["Town hall"]);
  await page.goBack();
  await expect(titles(page)).toHaveText(["For Ana alone"]);
  await page.getByTestId("recording-menu").click();
  await expect(page.getByTestId("recording-copy")).toBeVisible();
  await expect(page.getByTestId("recording-trash"), "what is somebody else's is not changed").toHaveCount(0);
  await expect(page.getByTestId("select")).toHaveCount(0);
});

test("filters work there, by person too, and are kept in the address", async ({ page }) => {
  await page.goto("/?section=everyone");
  await expect(titles(page)).toHaveText(["Town hall"]);
  await page.getByTestId("filter-by").selectOption({ label: "sam" });
  await expect(page).toHaveURL(/by=/);
  await expect(titles(page)).toHaveText(["Town hall"]);
  await page.getByTestId("filter-length").selectOption("long");
  await expect(page.getByTestId("nothing")).toContainText("Nothing here matches");
  await page.getByTestId("clear-filters").click();
  await expect(page).toHaveURL(/\?section=everyone$/);
  await expect(titles(page)).toHaveText(["Town hall"]);
});

test("what is there for nobody says how to begin", async ({ visit, team }) => {
  const page = await visit(team.server, team.sam);
  await page.goto("/?section=shared");
  await expect(page.getByTestId("nothing")).toContainText("Nothing is shared with you by name yet");
  await page.getByRole("link", { name: "See what is there for everyone" }).click();
  await expect(page.getByTestId("nothing")).toContainText("Nobody else has recorded for everyone yet");
});

test("on a computer without a recorder the library says so", async ({ visit, team }) => {
  const page = await visit(team.server, team.ana, { userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" });
  await page.goto("/");
  await expect(page.getByTestId("other-platform")).toContainText("runs on Linux so far");
});

for (const [look, options] of LOOKS) {
  test(`the sections have no finding of axe: ${look}`, async ({ visit, team }) => {
    const page = await visit(team.server, team.ana, options);
    for (const [path, ready] of [
      ["/", page.getByTestId("empty")],
      ["/?section=shared", page.getByTestId("recording")],
      ["/?section=everyone&length=long", page.getByTestId("nothing")],
    ] as const) {
      await page.goto(path);
      await expect(ready).toBeVisible();
      await nothingFound(page, `${path}, ${look}`);
    }
  });
}
