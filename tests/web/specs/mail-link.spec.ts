// Watching what is shared with a mail address, without an account.
import { nothingFound, PHONE } from "../support/axe";
import { test } from "../support/pages";
import { mailingServer, SmtpServer } from "../support/smtp";
import { expect, SYNTHETIC } from "../support/test";

test("who has the mailbox with which a recording is shared watches it without an account, until the name is taken back", async ({ visit }) => {
  const smtp = new SmtpServer();
  const server = await mailingServer(smtp);
  try {
    const ana = await server.person("ana@example.org", "owner");
    const recording = await server.recorder(ana).recorded(3, [...SYNTHETIC, "--title", "For you alone"]);
    const owner = await visit(server, ana);
    const list = (await (await owner.request.get("/api/recordings")).json()) as { items: { id: string }[] };
    const path = `/api/recordings/${list.items[0]?.id}`;
    const origin = { origin: server.url };
    await owner.request.patch(`${path}/sharing`, { headers: origin, data: { audience: "owner" } });
    const named = await owner.request.post(`${path}/people`, { headers: origin, data: { mail: "Guest@example.net" } });
    const { people } = (await named.json()) as { people: { id: string }[] };

    const page = await visit(server, undefined, PHONE);
    await page.goto(recording.url);
    await page.getByTestId("mail-address").fill("guest@example.net");
    await nothingFound(page, "closed, with a field for an address");
    await page.getByTestId("mail-link").click();
    await expect(page.getByTestId("mailed")).toContainText("guest@example.net");
    const mail = await smtp.next();
    expect(mail).toMatchObject({ to: "guest@example.net", text: expect.stringContaining("For you alone") });
    await page.goto(mail.link);
    await nothingFound(page, "mail link");
    await page.getByRole("button", { name: "Watch it" }).click();
    await expect(page.locator("[data-page=watch]")).toHaveAttribute("data-state", "finished");

    // An open page closes by itself.
    await owner.request.delete(`${path}/people/${people[0]?.id}`, { headers: origin });
    await expect(page.getByTestId("closed")).toBeVisible();
    await page.goto("about:blank");
    await page.goto(mail.link);
    await page.getByRole("button", { name: "Watch it" }).click();
    await expect(page.getByRole("alert")).toContainText("not shared with your address any more");
  } finally {
    server.end();
    smtp.end();
  }
});
