// Pages with hundreds of comments.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open } from "../support/player";

const THREADS = Number(process.env.CROWD ?? 300);
const REPLIES = 5;

test("with hundreds of threads only those near the window are drawn, and every one can be reached", async ({
  visit,
  serverWithoutModel,
  sam,
  samsRecorder,
}) => {
  test.setTimeout(400_000);
  const recording = await samsRecorder.recorded(6);
  const headers = { authorization: `Bearer ${sam.token}`, "content-type": "application/json" };
  const post = async (body: object) => {
    const answer = await fetch(`${serverWithoutModel.url}/api/watch/${recording.slug}/comments`, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: string };
  };
  const numbers = Array.from({ length: THREADS }, (_, n) => n);
  const worker = async () => {
    for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
      const { id } = await post({ at_ms: Math.floor((n * 5000) / THREADS), body: `Thread ${n} of many` });
      for (let k = 0; k < REPLIES; k += 1) await post({ at_ms: 0, parent_id: id, body: `Reply ${k} to ${n}` });
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));

  const page = await visit(serverWithoutModel, sam, { viewport: { width: 1440, height: 900 } });
  await open(page, recording.url);
  const began = Date.now();
  await expect(page.getByTestId("thread")).toHaveCount(THREADS);
  await expect(page.getByTestId("comment-body").first()).toBeVisible();
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  // Drawn whole it would be more than seventy nodes a thread.
  expect(nodes).toBeLessThan(THREADS * 4 + 3000);

  // Those just below the list's edge are drawn before they come into view.
  const ahead = page.getByTestId("thread").filter({ has: page.getByTestId("comment") }).last();
  await expect(ahead).not.toBeInViewport();

  // The last one can be scrolled to and is drawn there.
  const last = page.getByTestId("thread").last();
  await last.scrollIntoViewIfNeeded();
  await expect(last.getByTestId("comment")).toHaveCount(1 + REPLIES);
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(THREADS * 4 + 3000);

  // Marks do not stand shoulder to shoulder, and one leads to its thread.
  const marks = await page.getByTestId("mark").evaluateAll((all) => all.map((it) => it.getBoundingClientRect()));
  const apart = marks.slice(1).map((it, n) => it.left - (marks[n]?.right ?? 0));
  expect(Math.min(...apart)).toBeGreaterThan(4);
  await page.getByTestId("mark").nth(Math.floor(marks.length / 2)).click();
  await expect(page.getByTestId("thread").filter({ has: page.getByTestId("comment") }).first()).toBeVisible();

  // Resolving is shown at once, also while the server takes its time.
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/api/comments/*", async (route) => {
    await held;
    return route.fallback();
  });
  await last.scrollIntoViewIfNeeded();
  await last.getByTestId("resolve").click();
  await expect(last.getByTestId("unfold")).toBeVisible();
  answer();
  await expect(page.getByTestId("toast").last()).toContainText("Resolved");

  if (process.env.CROWD) {
    const typed = await page.getByTestId("comment-field").evaluate(async (it: HTMLTextAreaElement) => {
      const times: number[] = [];
      for (const letter of "a few words of text") {
        const before = performance.now();
        it.focus();
        document.execCommand("insertText", false, letter);
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        times.push(performance.now() - before);
      }
      return times.sort((a, b) => a - b);
    });
    const scrub = await page.evaluate(async () => {
      const times: number[] = [];
      const rail = document.querySelector<HTMLElement>("[data-testid=timeline]");
      for (let n = 0; n < 20; n += 1) {
        const before = performance.now();
        rail?.dispatchEvent(new KeyboardEvent("keydown", { key: n % 2 ? "Home" : "End", bubbles: true }));
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        times.push(performance.now() - before);
      }
      return times.sort((a, b) => a - b);
    });
    console.log(JSON.stringify({ nodes, afterOpen: Date.now() - began, key: [typed[9], typed.at(-1)], scrub: [scrub[10], scrub.at(-1)] }));
  }
});
