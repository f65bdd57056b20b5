// A program works with a token that was made for it; the page about the API can be read by everybody.
import { LOOKS, nothingFound } from "../support/axe";
import { test } from "../support/pages";
import { open } from "../support/player";
import { expect } from "../support/test";

test("a token is made for an agent, whose comment is marked and resolved by a person", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(server, sam);
  await page.goto("/settings");
  await page.getByLabel("Token name").fill("reviewer");
  const scope = (name: string) => page.getByTestId("new-token-form").getByRole("checkbox", { name });
  await scope("Write comments").uncheck();
  await scope("Watch, read").uncheck();
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.locator("#token-error")).toContainText("at least one scope");
  await scope("Watch, read").check();
  await scope("Write comments").check();
  await page.getByRole("button", { name: "Create token" }).click();
  const token = await page.getByTestId("new-token").innerText();
  const listed = page.getByTestId("token").filter({ hasText: "reviewer" });
  await expect(listed.getByTestId("token-scopes")).toHaveText("May read, comment, runs out in 90 days");

  await open(page, recording.url);
  const answer = await fetch(`${server.url}/mcp`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "comment", arguments: { recording: recording.url, at_ms: 1000, text: "The total is **negative**." } },
    }),
  });
  expect(await answer.json()).toMatchObject({ result: { structuredContent: { at_ms: 1000, by_agent: true } } });
  const comment = page.getByTestId("comment");
  await expect(comment).toContainText("’s agent");
  await expect(comment.locator(".tag").first()).toHaveText("yours");
  await page.getByTestId("resolve").click();
  await expect(page.getByTestId("unfold")).toContainText("Resolved by");
});

for (const [look, options] of LOOKS) {
  test(`the page about the API has no finding of axe: ${look}`, async ({ visit, serverWithoutModel }) => {
    const page = await visit(serverWithoutModel, undefined, options);
    await page.goto("/api/docs");
    await expect(page.getByRole("heading", { name: "Tokens and scopes" })).toBeVisible();
    await page.locator("#post_comment summary").click();
    await expect(page.locator("#post_comment")).toContainText("Scope: comment");
    await nothingFound(page, `/api/docs, ${look}`);
  });
}
