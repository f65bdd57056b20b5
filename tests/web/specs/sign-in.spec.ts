// Signing in: where it leads, and what it says when it fails.
import { expect } from "../support/test";
import { test } from "../support/pages";

test("after signing in nobody is sent to another site, however its address is disguised", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel);
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
  await expect(page).toHaveURL(`${serverWithoutModel.url}/settings?a=1`);
  await expect(page.locator("[data-page=settings]")).toHaveAttribute("data-state", "ready");
  expect(left).toEqual([]);
});

test("signing in goes with the keyboard alone, also after a wrong password", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel);
  await page.goto("/sign-in");
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.keyboard.type(sam.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("not the right one");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("error")).toContainText(/wrong/i);
  const field = page.getByLabel("Password", { exact: true });
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field, "the message belongs to the field").toHaveAccessibleDescription(/wrong/i);
  // What was wrong is selected, so that the right one replaces it.
  await page.keyboard.type(sam.password);
  await expect(field).toHaveValue(sam.password);
  await expect(field).toHaveAttribute("type", "password");
  await page.getByTestId("show-password").click();
  await expect(field).toHaveAttribute("type", "text");
  await field.press("Enter");
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
});

test("an error looks like one, and the button that was pressed keeps the focus", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(sam.email);
  await page.getByLabel("Password", { exact: true }).fill(sam.password);
  await serverWithoutModel.killServer();
  await page.getByRole("button", { name: "Sign in" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("error")).toHaveText("Can't reach the server. Try again in a moment.");
  await expect(page.getByRole("button", { name: "Sign in" })).toBeFocused();
  const [red = 0, green = 0, blue = 0] = await page
    .getByTestId("error")
    .evaluate((it) => (getComputedStyle(it).color.match(/\d+/g) ?? []).map(Number));
  expect(red).toBeGreaterThan(2 * Math.max(green, blue));
});

test("every page of the program is answered as found, every other address as not found, both with a page", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  for (const path of ["/", "/settings", "/device", "/trash"]) {
    expect((await page.goto(path))?.status(), path).toBe(200);
    await expect(page.locator("[data-page]")).not.toHaveAttribute("data-page", "not-found");
  }
  expect((await page.goto("/nothing/here"))?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  const robots = await page.request.get("/robots.txt");
  expect(robots.status()).toBe(200);
  expect(robots.headers()["content-type"]).toContain("text/plain");
  expect(await robots.text()).toContain("User-agent: *");
});
