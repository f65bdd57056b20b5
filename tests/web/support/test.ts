// What specs begin with: `test` with a house of their own worker, and `expect`.
import { test as base } from "@playwright/test";
import { type Computer, House, type Person, type Take, spoken } from "./house";

interface PerTest {
  /** A fresh computer of `owner`. */
  computer: Computer;
  /** A house on which nobody has an account yet. */
  emptyHouse: House;
}

interface PerWorker {
  house: House;
  /** Has an account in `house`. */
  owner: Person;
  /** A finished take with spoken words, of `owner`; specs may comment, but not delete it. */
  spokenTake: Take;
}

export const test = base.extend<PerTest, PerWorker>({
  house: [
    async ({}, use) => {
      const house = new House();
      try {
        await house.start();
        await use(house);
      } finally {
        house.end();
      }
    },
    { scope: "worker" },
  ],
  owner: [async ({ house }, use) => use(await house.person("sam@example.org", "owner")), { scope: "worker" }],
  spokenTake: [
    async ({ house, owner }, use) => {
      const mic = `file:${spoken("review.wav")}`;
      await use(await house.computer(owner).recorded(14, ["--screen", "synthetic", "--mic", mic]));
    },
    { scope: "worker", timeout: 120_000 },
  ],
  computer: async ({ house, owner }, use) => {
    await use(house.computer(owner));
  },
  emptyHouse: async ({}, use) => {
    const house = new House();
    try {
      await house.start();
      await use(house);
    } finally {
      house.end();
    }
  },
});

export { expect } from "@playwright/test";
export { seen, shown } from "./counter";
export { PASSWORD, SYNTHETIC, spoken } from "./house";
