// Signing in by a real OpenID Connect provider.
import type { Page } from "@playwright/test";
import { test as base } from "../support/pages";
import { OidcServer } from "../support/provider";
import { expect } from "../support/test";
import type { TestServer } from "../support/test-server";

const test = base.extend<{ provider: OidcServer; served: TestServer }>({
  provider: async ({}, use) => {
    const provider = new OidcServer();
    await use(provider);
    provider.end();
  },
  served: async ({ provider }, use) => {
    const server = await provider.start(["--oidc-scopes", "email profile groups", "--oidc-roles", "staff=member,ops=admin"]);
    await server.person("sam@example.org", "owner");
    try {
      await use(server);
    } finally {
      server.end();
    }
  },
});

/** Clicks through the provider's own pages as `name`. */
async function signInThere(page: Page, name: string) {
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("who is known to the provider signs in by it, goes on to where they were, and is the same the next time", async ({ visit, served, provider }) => {
  provider.people.ana = { email: "Ana@Example.org", email_verified: true, name: "Ana Lima", groups: ["staff"] };
  const page = await visit(served);
  await page.goto("/settings");
  await expect(page).toHaveURL(/sign-in/);
  await page.getByTestId("provider").click();
  await signInThere(page, "ana");
  await expect(page.locator("[data-page=settings]")).toHaveAttribute("data-state", "ready");
  await expect(page.getByTestId("name")).toHaveText("Ana Lima");
  await expect(page.getByText("ana@example.org · member")).toBeVisible();
  await expect(page.getByLabel("Old password"), "there is no password to change").toHaveCount(0);
  const me = async () => ((await (await page.request.get("/api/me")).json()) as { user: { id: string; role: string } }).user;
  const { id } = await me();

  provider.people.ana = { ...provider.people.ana, groups: ["staff", "ops"] };
  await page.getByTestId("sign-out").click();
  await expect(page.locator("[data-page=sign-in]")).toBeVisible();
  await page.getByTestId("provider").click();
  // The provider still knows her: no page of its own in between.
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
  expect(await me()).toMatchObject({ id, role: "admin" });
});

test("an address that the provider did not verify opens nothing, and the page says what to do", async ({ visit, served, provider }) => {
  provider.people.eve = { email: "sam@example.org", email_verified: false, name: "Sam", groups: ["ops"] };
  const page = await visit(served);
  await page.goto("/sign-in");
  await page.getByTestId("provider").click();
  await signInThere(page, "eve");
  await expect(page.getByRole("alert")).toContainText("Confirm it there");
  await page.goto("/");
  await expect(page).toHaveURL(/sign-in/);
});

test("a sign-in that is given up at the provider ends on the sign-in page", async ({ visit, served }) => {
  const page = await visit(served);
  await page.goto("/sign-in");
  await page.getByTestId("provider").click();
  await page.getByRole("link", { name: /cancel/i }).click();
  await expect(page.getByRole("alert")).toContainText("without signing you in");
});
