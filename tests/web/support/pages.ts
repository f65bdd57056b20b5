// Browsers of people, beside the one every test has: each fails its test for what a page said on its console.
import type { BrowserContext, BrowserContextOptions, Page } from "@playwright/test";
import { type Computer, House, type Person } from "./house";
import { expect, test as base } from "./test";

interface Browsers {
  /** A browser of its own on `house`: signed in as somebody, or as nobody. */
  visit: (house: House, person?: Person, look?: BrowserContextOptions) => Promise<Page>;
  /** A house without a speech model, on which Sam alone has an account. */
  quietHouse: House;
  sam: Person;
  /** Sam's computer. */
  desk: Computer;
}

export const test = base.extend<Browsers>({
  visit: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    const said: string[] = [];
    await use(async (house, person, look = {}) => {
      const context = await browser.newContext({ baseURL: house.url, locale: "en-GB", ...look });
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
  quietHouse: async ({}, use) => {
    const house = new House({ model: false });
    try {
      await house.start();
      await use(house);
    } finally {
      house.end();
    }
  },
  sam: async ({ quietHouse }, use) => use(await quietHouse.person("sam@example.org", "owner")),
  desk: async ({ quietHouse, sam }, use) => use(quietHouse.computer(sam)),
});

export { expect } from "./test";
