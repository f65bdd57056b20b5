// Keys with times of their own: how quickly a person types does not depend on how busy this machine is.
import type { Page } from "@playwright/test";

/** Types `text`, one key every `every` milliseconds by the time the browser reads on them; takes no longer than it must. */
export async function typeEvery(page: Page, text: string, every: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  let timestamp = Date.now() / 1000;
  for (const key of text) {
    await devtools.send("Input.dispatchKeyEvent", { type: "keyDown", key, text: key, timestamp });
    await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", key, timestamp: timestamp + 0.01 });
    timestamp += every / 1000;
  }
  await devtools.detach();
}
