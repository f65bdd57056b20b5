/** Changing the settings of a person. */
import type { Page } from "@playwright/test";

/** Does what changes how a person is told, and waits until the server has it: a page that is left before loses it. */
export async function saved(page: Page, change: () => Promise<unknown>): Promise<void> {
  const put = page.waitForResponse((it) => it.request().method() === "PUT" && it.url().endsWith("/api/me/notice-settings") && it.ok());
  await change();
  await put;
}
