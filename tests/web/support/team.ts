// Sam and Ana, and one recording of Sam's: made once for all tests of a file.
import { test as base } from "./pages";
import { type Finished, type Person, TestServer } from "./test-server";

export interface Team {
  server: TestServer;
  sam: Person;
  ana: Person;
  recording: Finished;
}

/** Tests about a recording of so many seconds with this title. */
export const teamTest = (seconds: number, title: string) =>
  base.extend<object, { team: Team }>({
    team: [
      async ({}, use) => {
        const server = new TestServer({ model: false });
        try {
          await server.start();
          const sam = await server.person("sam@example.org", "owner");
          const ana = await server.person("ana@example.org");
          const take = ["--screen", "synthetic", "--mic", "none", "--title", title];
          const recording = await server.recorder(sam).recorded(seconds, take);
          await use({ server, sam, ana, recording });
        } finally {
          server.end();
        }
      },
      { scope: "worker", timeout: 180_000 },
    ],
  });
