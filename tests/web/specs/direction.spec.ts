// Arabic and Hebrew beside English: each paragraph goes its own way and turns none of its neighbours.
import { expect, SYNTHETIC } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

test("each paragraph, list, name and title has the direction of its own script; code and times go left to right", async ({
  visit,
  serverWithoutModel,
  sam,
  samsRecorder,
}) => {
  const recording = await samsRecorder.recorded(3, [...SYNTHETIC, "--title", "مرحبا، الموعد 10:30"]);
  const page = await visit(serverWithoutModel, sam);
  await open(page, recording.url);
  const field = page.getByTestId("comment-field");
  await field.fill("مرحبا، الموعد 10:30 في room-42.\n\nPlain English here.\n\nשלום (bug #7)!\n\n- واحد\n- اثنان\n\n```\nlet x = 1;\n```\n\nمرحبا `code()` مرحبا");
  await expect(field, "while typing").toHaveCSS("direction", "rtl");
  await field.press("Enter");
  const body = page.getByTestId("comment-body");
  await expect(body.locator("p")).toHaveCount(4);
  const direction = (selector: string) => body.locator(selector).evaluateAll((all) => all.map((it) => getComputedStyle(it).direction));
  expect(await direction("p")).toEqual(["rtl", "ltr", "rtl", "rtl"]);
  expect(await direction("ul")).toEqual(["rtl"]);
  expect(await direction("pre")).toEqual(["ltr"]);
  expect(await direction("code")).toEqual(["ltr", "ltr"]);
  // The paragraph stands at its own side.
  const side = await body.locator("p").first().evaluate((it) => {
    const range = document.createRange();
    range.selectNodeContents(it);
    return it.getBoundingClientRect().right - range.getBoundingClientRect().right;
  });
  expect(side).toBeLessThan(2);

  expect(await page.getByTestId("title").locator("bdi").evaluate((it) => getComputedStyle(it).direction)).toBe("rtl");
  for (const id of ["comment-time", "time-chip"]) {
    expect(await page.getByTestId(id).evaluate((it) => getComputedStyle(it).direction), id).toBe("ltr");
  }
  // Folded, the words do not reorder the time beside them.
  await page.getByTestId("resolve").click();
  const order = await page.getByTestId("unfold").evaluate((it) => {
    const [when, line] = [it.querySelector(".when"), it.querySelector(".line bdi:last-of-type")];
    return [getComputedStyle(it).direction, (when?.getBoundingClientRect().right ?? 0) < (line?.getBoundingClientRect().left ?? 0)];
  });
  expect(order).toEqual(["ltr", true]);
});
