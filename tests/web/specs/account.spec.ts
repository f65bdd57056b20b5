// One's own account: what is changed in the settings, and what goes by mail.
import { createHmac } from "node:crypto";
import { LOOKS, nothingFound, PHONE } from "../support/axe";
import { test as base } from "../support/pages";
import { mailingServer, SmtpServer } from "../support/smtp";
import { expect, PASSWORD } from "../support/test";
import type { Person, TestServer } from "../support/test-server";

interface Mailing {
  smtp: SmtpServer;
  /** Sends its mails by `smtp`. */
  mailing: TestServer;
  ana: Person;
}

const test = base.extend<Mailing>({
  smtp: async ({}, use) => {
    const smtp = new SmtpServer();
    await use(smtp);
    smtp.end();
  },
  mailing: async ({ smtp }, use) => {
    const server = await mailingServer(smtp);
    try {
      await use(server);
    } finally {
      server.end();
    }
  },
  ana: async ({ mailing }, use) => use(await mailing.person("ana@example.org", "owner")),
});

const NEW_PASSWORD = "another horse battery";

test("a forgotten password is replaced by the link in the mail, and everybody is signed out", async ({ visit, mailing, ana, smtp }) => {
  const elsewhere = await visit(mailing, ana);
  await elsewhere.goto("/settings");
  await expect(elsewhere.locator("[data-page=settings]")).toHaveAttribute("data-state", "ready");

  const page = await visit(mailing);
  await page.goto("/sign-in");
  await page.getByTestId("forgot").click();
  await page.getByLabel("E-mail").fill(ana.email);
  await page.getByRole("button", { name: "Send a link" }).dblclick();
  await expect(page.getByTestId("sent")).toContainText(ana.email);
  const mail = await smtp.next();
  expect(mail.to).toBe(ana.email);

  await page.goto(mail.link);
  await page.getByLabel("New password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByLabel("New password", { exact: true }), "the browser says what is wrong").toBeFocused();
  await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).dblclick();
  await expect(page.locator("[data-page=reset]")).toHaveAttribute("data-state", "done");
  expect(page.url(), "the link does not stay in the history").toBe(`${mailing.url}/reset`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("E-mail").fill(ana.email);
  await page.getByLabel("Password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");

  await elsewhere.reload();
  await expect(elsewhere).toHaveURL(/sign-in/);

  await page.goto("about:blank");
  await page.goto(mail.link);
  await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("was used");
  await expect(page.getByLabel("New password", { exact: true }), "what was typed is still there").toHaveValue(NEW_PASSWORD);
});

test("a new address is one's own once its mailbox has said so", async ({ visit, mailing, ana, smtp }) => {
  const page = await visit(mailing, ana);
  await page.goto("/settings");
  await page.getByLabel("New address").fill("ana@example.net");
  await page.getByLabel("Your password").first().fill("not the right one");
  await page.getByRole("button", { name: "Send a link to it" }).click();
  await expect(page.getByRole("alert")).toContainText("not your password");
  await expect(page.getByLabel("New address"), "nothing typed is lost").toHaveValue("ana@example.net");
  await page.getByLabel("Your password").first().fill(ana.password);
  await page.getByRole("button", { name: "Send a link to it" }).click();
  await expect(page.getByTestId("pending")).toContainText("ana@example.net");
  const mail = await smtp.next();
  expect(mail.to).toBe("ana@example.net");

  const phone = await visit(mailing, undefined, PHONE);
  await phone.goto(mail.link);
  await phone.getByRole("button", { name: "Confirm" }).click();
  await expect(phone.getByTestId("new-email")).toHaveText("ana@example.net");
  await page.reload();
  await expect(page.getByText("You sign in as ana@example.net")).toBeVisible();
  await expect(page.getByTestId("pending")).toHaveCount(0);
});

test("name, time zone, language and picture are changed, and pages follow", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  await page.getByLabel("Name", { exact: true }).fill("Sam \u202eSol");
  await page.getByLabel("Time zone").selectOption("Pacific/Kiritimati");
  await page.locator("select[name=language]").selectOption("fr");
  await page.getByTestId("save-profile").dblclick();
  await expect(page.getByTestId("name")).toHaveText(/Sam/);
  await page.getByTestId("picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: await picture(page) });
  await expect(page.locator("header img")).toHaveAttribute("src", /picture\?v=/);
  await expect(page.locator("header img")).toHaveJSProperty("naturalWidth", 160);

  await page.reload();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Sam Sol");
  await expect(page.getByLabel("Time zone")).toHaveValue("Pacific/Kiritimati");
  const signedIn = page.getByTestId("session").first().locator("[title]");
  await expect(signedIn).toHaveAttribute("title", /(janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre).*\+14/);

  await page.getByTestId("picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await expect(page.getByRole("alert")).toContainText("cannot be read");
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(page.locator("header img")).toHaveCount(0);
});

/** A picture as a browser makes it. */
async function picture(page: import("@playwright/test").Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 400 });
    const pen = canvas.getContext("2d");
    if (pen) {
      pen.fillStyle = "teal";
      pen.fillRect(0, 0, 600, 400);
    }
    return canvas.toDataURL("image/png");
  });
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

test("browsers are listed and signed out, one by one or all others", async ({ visit, serverWithoutModel, sam }) => {
  const [page, second, third] = [await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam), await visit(serverWithoutModel, sam)];
  for (const one of [second, third]) await one.goto("/settings");
  await page.goto("/settings");
  // The first account was made by a browser as well.
  await expect(page.getByTestId("session")).toHaveCount(4);
  await expect(page.getByTestId("session").filter({ hasText: "this browser" })).toHaveCount(1);
  await page.getByTestId("session").getByRole("button").first().click();
  await expect(page.getByTestId("session")).toHaveCount(3);
  await page.getByTestId("end-others").click();
  await expect(page.getByTestId("session")).toHaveCount(1);
  for (const one of [second, third]) {
    await one.reload();
    await expect(one).toHaveURL(/sign-in/);
  }
  await page.reload();
  await expect(page.getByTestId("session")).toHaveCount(1);
});

test("a password is changed with the old one alone", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  const [old, next] = [page.getByLabel("Old password", { exact: true }), page.getByLabel("New password", { exact: true })];
  await old.fill("not the right one");
  await next.fill(NEW_PASSWORD);
  await page.getByTestId("change-password").click();
  await expect(page.getByRole("alert")).toContainText("not your password");
  await expect(old).toHaveAttribute("aria-invalid", "true");
  await expect(next).toHaveValue(NEW_PASSWORD);
  await old.fill(PASSWORD);
  await page.getByTestId("change-password").dblclick();
  await expect(old).toHaveValue("");
  const answer = await page.request.post("/api/session", { data: { email: sam.email, password: NEW_PASSWORD } });
  expect(answer.status()).toBe(200);
});

test("what was typed while the session ended stays, and is sent after signing in again", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("Samuel");
  await page.context().clearCookies();
  await page.getByTestId("save-profile").click();
  await expect(page.getByTestId("signed-out")).toBeVisible();
  await expect(name).toHaveValue("Samuel");

  const [tab] = await Promise.all([page.waitForEvent("popup"), page.getByTestId("signed-out").getByRole("link").click()]);
  await tab.getByLabel("E-mail").fill(sam.email);
  await tab.getByLabel("Password", { exact: true }).fill(sam.password);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
  await page.getByTestId("save-profile").click();
  await expect(page.getByTestId("name")).toHaveText("Samuel");
});

/** What an authenticator app shows (RFC 6238) for a secret, `steps` of thirty seconds from now. */
function totp(secret: string, steps = 0): string {
  const bits = [...secret.replace(/\s/g, "")].map((it) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(it).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((it) => Number.parseInt(it, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("with a second factor a password alone does not sign in, a code does, and a recovery code turns it off", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  await page.getByLabel("Your password").last().fill(sam.password);
  await page.getByRole("button", { name: "Set up" }).click();
  const secret = await page.getByTestId("totp-secret").innerText();
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  await nothingFound(page, "setting up a second factor");
  await page.getByLabel("Code of your app").fill("000000");
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByRole("alert")).toContainText("not right");
  await page.getByLabel("Code of your app").fill(totp(secret));
  await page.getByRole("button", { name: "Turn on" }).dblclick();
  const codes = await page.getByTestId("recovery-codes").getByRole("listitem").allInnerTexts();
  expect(codes).toHaveLength(10);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByTestId("two-factor-on")).toBeVisible();

  await page.getByTestId("sign-out").click();
  await expect(page.locator("[data-page=sign-in]")).toBeVisible();
  await page.getByLabel("E-mail").fill(sam.email);
  await page.getByLabel("Password", { exact: true }).fill(sam.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByLabel("Code of your authenticator app")).toBeFocused();
  await nothingFound(page, "the second step");
  await page.keyboard.type("123456");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("error")).toContainText("not right");
  await expect(page.getByLabel("Code of your authenticator app")).toBeFocused();
  // Of the next step, which counts already: the one of now was used.
  await page.keyboard.type(totp(secret, 1));
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");

  await page.goto("/settings");
  await page.getByRole("button", { name: "Turn off…" }).click();
  await page.getByLabel("Code of your app").fill(codes[0] ?? "");
  await page.getByRole("button", { name: "Turn off", exact: true }).click();
  await expect(page.getByTestId("two-factor-on")).toHaveCount(0);
  const answer = await page.request.post("/api/session", { data: { email: sam.email, password: sam.password } });
  expect(answer.status()).toBe(200);
});

for (const [name, look] of LOOKS) {
  test(`axe finds no violation on pages of the account (${name})`, async ({ visit, mailing, ana }) => {
    const outside = await visit(mailing, undefined, look);
    for (const path of ["/reset", "/reset#aside_x", "/verify-mail#aside_x"]) {
      await outside.goto("about:blank");
      await outside.goto(path);
      await expect(outside.getByRole("button").first()).toBeVisible();
      await nothingFound(outside, path);
    }
    const page = await visit(mailing, ana, look);
    await page.goto("/settings");
    await expect(page.locator("[data-page=settings]")).toHaveAttribute("data-state", "ready");
    await page.getByLabel("Your password").first().fill("not the right one");
    await page.getByLabel("New address").fill("ana@example.net");
    await page.getByRole("button", { name: "Send a link to it" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await nothingFound(page, "settings, with an error");
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
}
