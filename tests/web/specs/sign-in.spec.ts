// Signing in: where it leads, and what it says when it fails.
import { expect } from "../support/test";
import { test } from "../support/pages";

test("after signing in nobody is sent to another site, however its address is disguised", async ({ visit, quietHouse, sam }) => {
  const page = await visit(quietHouse);
  const left: string[] = [];
  await page.route((url) => url.hostname.endsWith("evil.example"), (route) => {
    left.push(route.request().url());
    return route.abort();
  });
  const disguises = ["/%09/evil.example", "/%0A/evil.example", "/%0D%0A/evil.example", "/%5Cevil.example", "//evil.example", "%20//evil.example"];

  await page.goto(`/sign-in?next=${disguises[0]}`);
  await page.getByLabel("E-mail").fill(sam.email);
  await page.getByLabel("Password", { exact: true }).fill(sam.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");

  // Somebody who is signed in already is sent on at once.
  for (const next of disguises) {
    await page.goto(`/sign-in?next=${next}`);
    await expect(page.locator("[data-page=library]"), next).toHaveAttribute("data-state", "empty");
  }
  await page.goto("/sign-in?next=/settings%3Fa=1");
  await expect(page).toHaveURL(`${quietHouse.url}/settings?a=1`);
  expect(left).toEqual([]);
});
