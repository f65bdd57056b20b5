// Over HTTP/1.1 a browser opens six connections to a server, all tabs together.
import { expect } from "../support/test";
import { test } from "../support/pages";
import { open, playing, position, root } from "../support/player";

test("with eight tabs open the last one plays, takes a comment, and the library opens", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  // Eight pages that play on two cores take their time.
  test.setTimeout(300_000);
  const finished = await samsRecorder.recorded(4);
  const recording = await samsRecorder.record();
  const first = await visit(serverWithoutModel, sam);
  const tabs = [first];
  while (tabs.length < 8) tabs.push(await first.context().newPage());
  for (const [n, tab] of tabs.entries()) {
    const live = n % 2 === 1;
    await open(tab, live ? recording.url : finished.url, live ? "recording" : "finished");
    await tab.keyboard.press("k");
    // A finished recording may be over by the time a busy browser is asked twice.
    if (live) await playing(tab);
    else await expect.poll(() => position(tab)).toBeGreaterThan(0.2);
  }
  const last = tabs.at(-1) ?? first;
  await last.getByTestId("comment-field").fill("From the eighth tab");
  await last.getByTestId("comment-send").click();
  await expect(last.getByTestId("comment-body")).toHaveText("From the eighth tab");
  // The other tabs with this recording get it, with a stream of their own or without.
  for (const tab of tabs.filter((_, n) => n % 2 === 1)) {
    await expect(tab.getByTestId("comment-body")).toHaveText("From the eighth tab");
  }

  const library = await first.context().newPage();
  await library.goto("/");
  await expect(library.getByTestId("recording")).toHaveCount(2);

  // They follow to the end, too.
  const stopped = await recording.stop();
  for (const tab of tabs.filter((_, n) => n % 2 === 1)) {
    await expect(root(tab)).toHaveAttribute("data-state", "finished");
    // How much of it is loaded depends on how quickly eight tabs could play so far.
    await expect.poll(async () => Number(await root(tab).getAttribute("data-edge-ms"))).toBeGreaterThan(Number(stopped.duration_ms) - 50);
  }
});
