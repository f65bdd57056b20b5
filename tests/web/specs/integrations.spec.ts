// Integrations: a webhook is added, tested, paused, deleted and brought back; what arrives is what the log says. The receiver is a real one.
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LOOKS, nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { freePort } from "../support/smtp";
import { expect } from "../support/test";
import { TestServer } from "../support/test-server";

interface Receiver {
  server: Server;
  url: string;
  got: { headers: IncomingHttpHeaders; body: { type: string } }[];
}

async function receiver(): Promise<Receiver> {
  const got: Receiver["got"] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (more: Buffer) => (text += more.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body: JSON.parse(text) as { type: string } });
      response.end("thanks");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

test("a webhook is added, tested, paused, deleted and brought back, and the log says what arrived", async ({ visit }) => {
  test.setTimeout(180_000);
  const port = await freePort();
  const args = ["--public-url", `http://127.0.0.1:${port}`, "--outbound-allow", "127.0.0.1"];
  const server = new TestServer({ model: false, args });
  const hook = await receiver();
  try {
    await server.start(`127.0.0.1:${port}`);
    const sam = await server.person("sam@example.org", "owner");
    const page = await visit(server, sam);
    await page.goto("/settings");
    await page.getByRole("link", { name: /^Integrations/ }).click();
    await page.getByTestId("add-destination").click();
    const form = page.getByTestId("destination-form");
    await expect(form.getByLabel("Kind")).toBeFocused();
    await form.getByLabel("Name").fill("Build");
    await form.getByLabel("Address").fill("https://me:secret@example.org/");
    await nothingFound(page, "form");
    await page.getByTestId("save-destination").click();
    await expect(form.getByRole("alert")).toContainText("https://");
    await form.getByLabel("Address").fill(hook.url);
    await page.getByTestId("save-destination").click();
    await expect(page.getByTestId("signing-secret")).toContainText("whsec_");

    const item = page.getByTestId("destination");
    await item.getByTestId("send-test").click();
    const line = item.getByTestId("delivery");
    await expect(line).toHaveAttribute("data-state", "delivered");
    await expect(line).toContainText("Test");
    expect(hook.got.map(({ body }) => body.type)).toEqual(["test"]);
    expect(hook.got[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
    await line.getByRole("button", { name: "1 attempt" }).click();
    await expect(line).toContainText("thanks");
    await line.getByTestId("replay").click();
    await expect(line.getByRole("button", { name: "2 attempts" })).toBeVisible();

    await item.getByTestId("destination-more").press("Enter");
    await item.getByTestId("pause").press("Enter");
    await expect(item).toHaveAttribute("data-state", "paused");
    await page.keyboard.press("Control+z");
    await expect(item).toHaveAttribute("data-state", "works");

    await item.getByTestId("destination-more").press("Enter");
    await item.getByTestId("edit-destination").press("Enter");
    await form.getByLabel("Name").fill("Builds");
    await page.getByTestId("save-destination").click();
    await expect(item.getByRole("heading")).toContainText("Builds");

    await item.getByTestId("destination-more").press("Enter");
    await item.getByTestId("delete-destination").press("Enter");
    await expect(item).toHaveCount(0);
    await page.getByTestId("toast-undo").click();
    await expect(item.getByTestId("standing")).toHaveText("Works");

    await page.getByTestId("make-calendar").click();
    const calendar = await page.getByTestId("calendar-address").textContent();
    const answer = await fetch(calendar ?? "");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/calendar; charset=utf-8"]);

    for (const [name, look] of LOOKS) {
      const other = await visit(server, sam, look);
      await other.goto("/integrations");
      await other.getByTestId("show-log").click();
      await expect(other.getByTestId("delivery")).toHaveCount(1);
      await nothingFound(other, name);
      const wide = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, name).toBeLessThanOrEqual(0);
      await other.close();
    }
    await page.goto("/integrations?of=server");
    await expect(page.getByTestId("add-destination")).toBeVisible();
  } finally {
    server.end();
    hook.server.close();
  }
});
