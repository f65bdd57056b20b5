// Text in the picture: the owner sees what was read, removes it, and has it read again.
import { LOOKS, nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { open } from "../support/player";
import { expect } from "../support/test";
import { TestServer } from "../support/test-server";

test("what was read on the screen is told to the owner, and goes when they want none", async ({ visit }) => {
  const server = new TestServer({ model: false, args: ["--screen-text", "eng"] });
  try {
    await server.start();
    const sam = await server.person("sam@example.org", "owner");
    const recording = await server.recorder(sam).recorded(3);
    const page = await visit(server, sam);
    await open(page, recording.url);
    const told = page.getByTestId("screen-text");
    const openIt = async () => {
      await page.getByTestId("more").click();
      await page.getByTestId("recorded-events").click();
      await expect(told).toBeVisible();
    };
    // The worker comes to it seconds after the recording ended.
    await expect(async () => {
      await page.reload();
      await openIt();
      await expect(told).toHaveAttribute("data-state", "done", { timeout: 1000 });
    }).toPass({ timeout: 120_000 });
    await page.getByTestId("forget-screen").click();
    await expect(told).toContainText("It was removed, and is not read.");
    await page.getByTestId("read-screen").click();
    await expect(told).not.toContainText("It was removed");

    // With lines, in every look.
    const lines = Array.from({ length: 40 }, (_, n) => ({ at_ms: n * 61_000, text: `Invoice POL-${n} approved` }));
    const id = /recordings\/([^/]+)\/screen-text/;
    for (const [name, look] of LOOKS) {
      const other = await visit(server, sam, look);
      await other.route(id, (route) => route.fulfill({ json: { state: "done", reads: true, lines } }));
      await open(other, recording.url);
      await other.getByTestId("more").click();
      await other.getByTestId("recorded-events").click();
      await other.getByTestId("screen-text").getByText("Show it").click();
      await expect(other.getByTestId("screen-lines")).toContainText("Invoice POL-39 approved");
      await nothingFound(other, `text on the screen, ${name}`);
      await test.info().attach(name, { body: await other.screenshot(), contentType: "image/png" });
    }
  } finally {
    server.end();
  }
});
