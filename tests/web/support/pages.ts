// Browsers of people, beside the one every test has: each fails its test for what a page said on its console.
import type { BrowserContext, BrowserContextOptions, Page } from "@playwright/test";
import { type RecorderHome, TestServer, type Person } from "./test-server";
import { expect, test as base } from "./test";

interface Browsers {
  /** A browser of its own on `server`: signed in as somebody, or as nobody. */
  visit: (server: TestServer, person?: Person, look?: BrowserContextOptions) => Promise<Page>;
  /** A server without a speech model, on which Sam alone has an account. */
  serverWithoutModel: TestServer;
  sam: Person;
  /** Sam's computer. */
  samsRecorder: RecorderHome;
}

export const test = base.extend<Browsers>({
  visit: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    const said: string[] = [];
    await use(async (server, person, look = {}) => {
      const context = await browser.newContext({ baseURL: server.url, locale: "en-GB", ...look });
      contexts.push(context);
      if (person) {
        const { email, password } = person;
        const answer = await context.request.post("/api/session", { data: { email, password } });
        expect(answer.status()).toBe(200);
      }
      const page = await context.newPage();
      page.on("pageerror", (error) => said.push(String(error)));
      page.on("console", (message) => {
        const text = message.text();
        // Requests that fail on purpose are reported by the browser, not by the page.
        if (message.type() === "error" && !/Failed to load resource|ERR_/.test(text)) said.push(text);
      });
      return page;
    });
    for (const context of contexts) await context.close();
    expect(said, "what the pages said on their consoles").toEqual([]);
  },
  serverWithoutModel: async ({}, use) => {
    const server = new TestServer({ model: false });
    try {
      await server.start();
      await use(server);
    } finally {
      server.end();
    }
  },
  sam: async ({ serverWithoutModel }, use) => use(await serverWithoutModel.person("sam@example.org", "owner")),
  samsRecorder: async ({ serverWithoutModel, sam }, use) => use(serverWithoutModel.recorder(sam)),
});

export { expect } from "./test";
