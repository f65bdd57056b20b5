// From an empty server to a connected recorder.
import { expect, PASSWORD } from "../support/test";
import { test } from "../support/pages";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const CLIENT = "aside-recorder";
const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) });

async function askForCode(url: string, name: string): Promise<Record<"device_code" | "user_code" | "verification_uri_complete", string>> {
  const answer = await fetch(`${url}/api/device/authorize`, form({ client_id: CLIENT, name }));
  expect(answer.status).toBe(200);
  return await answer.json();
}

const askForToken = (url: string, device_code: string) =>
  fetch(`${url}/api/device/token`, form({ grant_type: GRANT, device_code, client_id: CLIENT }));

const list = (url: string, token: string) =>
  fetch(`${url}/api/recordings`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);

test("the first visitor becomes the owner and is told how to record", async ({ visit, serverWithoutModel }) => {
  const page = await visit(serverWithoutModel);
  await page.goto("/");
  await expect(page).toHaveURL(/\/setup$/);
  await page.getByLabel("Your name").fill("Sam Rivers");
  await page.getByLabel("E-mail").fill("sam@example.org");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();

  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
  await expect(page.getByTestId("empty")).toContainText(`aside login ${serverWithoutModel.url}`);
  await expect(page.getByTestId("empty")).toContainText("aside record");

  await page.getByTestId("sign-out").click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.goto("/setup");
  await expect(page, "nobody becomes the owner twice").toHaveURL(/\/sign-in$/);
});

test("a wrong password is refused without saying which half was wrong", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(sam.email);
  await page.getByLabel("Password", { exact: true }).fill("guessed");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByTestId("error")).toContainText(/e-mail or password/i);

  await page.getByLabel("Password", { exact: true }).fill(sam.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator("[data-page=library]")).toHaveAttribute("data-state", "empty");
});

test("a recorder is connected with a code, after signing in on the way, and disconnected again", async ({ visit, serverWithoutModel, sam }) => {
  const { url } = serverWithoutModel;
  const { device_code, user_code, verification_uri_complete } = await askForCode(url, "thinkpad");
  const page = await visit(serverWithoutModel);
  await page.goto(verification_uri_complete);
  await page.getByLabel("E-mail").fill(sam.email);
  await page.getByLabel("Password", { exact: true }).fill(sam.password);
  await page.getByRole("button", { name: "Sign in" }).click();

  await expect(page.getByTestId("device-name")).toHaveText("thinkpad");
  await expect(page.getByTestId("device-code")).toHaveText(user_code);
  await page.getByTestId("approve").click();
  await expect(page.locator("[data-page=device]")).toHaveAttribute("data-state", "approved");

  const given = await askForToken(url, device_code);
  expect(given.status).toBe(200);
  const { access_token } = (await given.json()) as { access_token: string };
  expect(await list(url, access_token)).toBe(200);

  await page.goto("/settings");
  const mine = page.getByTestId("token").filter({ hasText: "thinkpad" });
  await mine.getByRole("button", { name: "Revoke" }).click();
  await mine.getByRole("button", { name: "Confirm revoke" }).click();
  await expect(mine).toHaveCount(0);
  // The token of the test's own stands beside it, and has the focus now.
  await expect(page.getByTestId("token").getByRole("button")).toBeFocused();
  expect(await list(url, access_token), "a revoked token opens nothing").toBe(401);
});

test("an unknown device code is refused and signs nobody in", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/device?code=BCDF-GHJK");
  await expect(page.getByTestId("error")).toContainText("invalid or expired");
});

test("a refused recorder gets nothing", async ({ visit, serverWithoutModel, sam }) => {
  const { device_code, user_code } = await askForCode(serverWithoutModel.url, "somebody else's laptop");
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/device");
  await page.getByLabel("Code").fill(user_code.toLowerCase());
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByTestId("deny").click();
  await expect(page.locator("[data-page=device]")).toHaveAttribute("data-state", "denied");
  expect(await (await askForToken(serverWithoutModel.url, device_code)).json()).toEqual({ error: "access_denied" });
});

test("an API token is shown once and works", async ({ visit, serverWithoutModel, sam }) => {
  const page = await visit(serverWithoutModel, sam);
  await page.goto("/settings");
  await page.getByLabel("Token name").fill("build server");
  await page.getByRole("button", { name: "Create token" }).click();
  const token = await page.getByTestId("new-token").innerText();
  expect(await list(serverWithoutModel.url, token)).toBe(200);
  await page.reload();
  await expect(page.getByTestId("token").filter({ hasText: "build server" })).toBeVisible();
  await expect(page.getByTestId("new-token")).toHaveCount(0);
});
