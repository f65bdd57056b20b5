/** Puts a page on the screen. Pages are left by ordinary links: the browser keeps history, scroll and titles right. */
import { flushSync, mount } from "svelte";
import App from "./App.svelte";
import type { Page } from "./pages";
import type { Early } from "./watch/early";

/** Before the next frame is drawn the page has taken over what `early` shows, and that has left. */
export function start(target: HTMLElement, early: Early | null, page: Page): void {
  mount(App, { target, props: { page, early } });
  flushSync();
}
