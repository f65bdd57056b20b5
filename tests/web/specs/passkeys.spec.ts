// Passkeys, with the authenticator of the browser itself (Chromium's virtual one, over the DevTools protocol).
import type { Page } from "@playwright/test";
import { nothingFound } from "../support/axe";
import { expect, test } from "../support/pages";

/** A device that holds passkeys and, as long as it says so, verifies its person. */
async function device(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  } as const;
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
  return { verifies: (isUserVerified: boolean) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }) };
}

test("a passkey signs in alone and behind the password, and the last one is removed knowingly", async ({ visit, serverWithoutModel, sam }) => {
  // A passkey belongs to a name, and browsers give none to a number.
  const baseURL = serverWithoutModel.url.replace("127.0.0.1", "localhost");
  const page = await visit(serverWithoutModel, sam, { baseURL });
  await page.goto("/settings");
  const authenticator = await device(page);
  const passkeys = page.locator("section", { has: page.getByRole("heading", { name: "Passkeys" }) });

  await passkeys.getByRole("button", { name: "Add a passkey" }).click();
  await expect(passkeys.getByLabel("Name of the passkey")).toBeFocused();
  await passkeys.getByLabel("Name of the passkey").fill("Sam\u202e's laptop");
  await passkeys.getByLabel("Your password").fill("not the right one");
  await passkeys.getByRole("button", { name: "Add", exact: true }).click();
  await expect(passkeys.getByRole("alert")).toContainText("not your password");
  await nothingFound(page, "adding a passkey, with an error");
  await expect(passkeys.getByLabel("Name of the passkey"), "nothing typed is lost").toHaveValue("Sam\u202e's laptop");
  await passkeys.getByLabel("Your password").fill(sam.password);
  await passkeys.getByRole("button", { name: "Add", exact: true }).dblclick();
  await expect(page.getByTestId("recovery-codes").getByRole("listitem")).toHaveCount(10);
  await expect(page.getByTestId("passkey")).toHaveCount(1);
  await expect(page.getByTestId("passkey")).toContainText("Sam's laptop");
  await nothingFound(page, "a passkey and its recovery codes");
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByTestId("codes-left")).toContainText("10");

  await page.getByTestId("sign-out").click();
  await expect(page.locator("[data-page=sign-in]")).toBeVisible();
  await authenticator.verifies(false);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByTestId("error")).toContainText("Nothing has changed");
  await authenticator.verifies(true);
  await page.getByRole("button", { name: "Sign in with a passkey" }).dblclick();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");

  await page.getByTestId("sign-out").click();
  await page.getByLabel("E-mail").fill(sam.email);
  await page.getByLabel("Password", { exact: true }).fill(sam.password);
  await page.getByLabel("Password", { exact: true }).press("Enter");
  await expect(page.getByRole("button", { name: "Use your passkey" })).toBeFocused();
  await expect(page.getByLabel("Recovery code"), "there is no app").toBeVisible();
  await nothingFound(page, "the second step, by a passkey");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");

  await page.goto("/settings");
  await passkeys.getByRole("button", { name: "Add a passkey" }).click();
  await passkeys.getByRole("button", { name: "Add with a passkey" }).click();
  await expect(passkeys.getByRole("alert")).toContainText("has a passkey of yours already");
  await passkeys.getByRole("button", { name: "Cancel" }).click();

  // The session ends while a name is typed.
  await passkeys.getByRole("button", { name: "Rename Sam's laptop" }).click();
  await passkeys.getByLabel("Name of the passkey").fill("Work laptop");
  await page.request.delete("/api/session", { headers: { origin: baseURL } });
  await passkeys.getByRole("button", { name: "Rename", exact: true }).click();
  await expect(page.getByTestId("signed-out")).toBeVisible();
  await expect(passkeys.getByLabel("Name of the passkey")).toHaveValue("Work laptop");
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");

  await page.goto("/settings");
  await passkeys.getByRole("button", { name: "Remove Sam's laptop" }).click();
  await expect(passkeys).toContainText("This is your last passkey");
  await nothingFound(page, "removing the last passkey");
  const alone = () => page.request.post("/api/session", { data: { email: sam.email, password: sam.password } });
  expect((await alone()).status(), "the password alone does not sign in").toBe(401);
  await passkeys.getByRole("button", { name: "Remove with a passkey" }).click();
  await expect(page.getByTestId("passkey")).toHaveCount(0);
  expect((await alone()).status()).toBe(200);
});
