// Who is heard when, where microphone and system sound are known apart.
import { nothingFound, PHONE } from "../support/axe";
import { test } from "../support/pages";
import { begin, heard, isTold } from "../support/replay";
import { expect } from "../support/test";
import { made } from "../support/test-server";

const SRT = `1
00:00:00,000 --> 00:00:04,000
Can all of you see the button? Yes, we can see it.
`;

test("the words say who is heard, also where that is told later, and stay so when they are corrected", async ({ visit, serverWithoutModel, sam }) => {
  const { url } = serverWithoutModel;
  const { sent } = await made(4);
  const whole = heard(sent, 4000, [
    { at_ms: 0, source: "microphone" },
    { at_ms: 2300, source: "system" },
  ]);
  const take = await begin({ ...whole, parts: whole.parts.filter((part) => !isTold(part)) }, url, sam.token);
  const about = async () =>
    (await (await fetch(`${url}/api/watch/${take.slug}`)).json()) as { id: string; transcript: { state: string } };
  // Before that a worker may still want to write.
  await expect.poll(async () => (await about()).transcript.state, { timeout: 60_000 }).toBe("no_model");
  const { id } = await about();
  const headers = { authorization: `Bearer ${sam.token}` };
  const brought = await fetch(`${url}/api/recordings/${id}/transcript/file?language=en`, { method: "PUT", headers, body: SRT });
  expect(brought.status).toBe(200);

  const owner = await visit(serverWithoutModel, sam);
  await owner.goto(`${url}/w/${take.slug}`);
  await owner.getByTestId("tab-transcript").click();
  await expect(owner.getByTestId("word").first()).toBeVisible();
  const speakers = owner.getByTestId("speaker");
  await expect(speakers).toHaveCount(0);
  for (const part of whole.parts.filter(isTold)) await take.put(part);
  await expect(speakers).toHaveText(["Microphone", "System sound"]);
  const others = owner.locator("#panel-transcript p").filter({ hasText: "System sound" });
  await expect(others).toContainText("can see it.");
  await expect(others).not.toContainText("Can all of you");

  await others.getByTestId("correct").click();
  const field = owner.getByTestId("edit-words");
  await field.fill((await field.inputValue()).replace("see it", "see it well"));
  await field.press("Enter");
  await expect(field).toHaveCount(0);
  await expect(others).toContainText("can see it well.");
  await expect(speakers).toHaveText(["Microphone", "System sound"]);
  await nothingFound(owner, "who is heard");

  const guest = await visit(serverWithoutModel, undefined, { ...PHONE, colorScheme: "dark", locale: "de-DE" });
  await guest.goto(`${url}/w/${take.slug}`);
  await guest.getByTestId("tab-transcript").click();
  await expect(guest.getByTestId("speaker")).toHaveText(["Mikrofon", "Systemton"]);
  await nothingFound(guest, "who is heard, on a phone");
});
