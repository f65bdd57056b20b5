// What specs begin with: `test` with a server of their own worker, and `expect`.
import { test as base } from "@playwright/test";
import { type RecorderHome, TestServer, type Finished, type Person, spoken } from "./test-server";

interface PerTest {
  /** A fresh computer of `owner`. */
  recorder: RecorderHome;
  /** A server on which nobody has an account yet. */
  emptyServer: TestServer;
}

interface PerWorker {
  server: TestServer;
  /** Has an account in `server`. */
  owner: Person;
  /** A finished recording with spoken words, of `owner`; specs may comment, but not delete it. */
  spokenRecording: Finished;
}

export const test = base.extend<PerTest, PerWorker>({
  server: [
    async ({}, use) => {
      const server = new TestServer();
      try {
        await server.start();
        await use(server);
      } finally {
        server.end();
      }
    },
    { scope: "worker" },
  ],
  owner: [async ({ server }, use) => use(await server.person("sam@example.org", "owner")), { scope: "worker" }],
  spokenRecording: [
    async ({ server, owner }, use) => {
      const mic = `file:${spoken("review.wav")}`;
      await use(await server.recorder(owner).recorded(14, ["--screen", "synthetic", "--mic", mic]));
    },
    { scope: "worker", timeout: 120_000 },
  ],
  recorder: async ({ server, owner }, use) => {
    await use(server.recorder(owner));
  },
  emptyServer: async ({}, use) => {
    const server = new TestServer();
    try {
      await server.start();
      await use(server);
    } finally {
      server.end();
    }
  },
});

export { expect } from "@playwright/test";
export { seen, shown } from "./counter";
export { PASSWORD, SYNTHETIC, spoken } from "./test-server";
