/** Puts a page on the screen. Pages are left by ordinary links: the browser keeps history, scroll and titles right. */
import { flushSync, mount } from "svelte";
import App from "./App.svelte";
import type { Page } from "./pages";
import type { Bootstrap } from "./watch/bootstrap";

/** Mounts the page and replaces the shell of `bootstrap` within one frame. */
export function start(target: HTMLElement, bootstrap: Bootstrap | null, page: Page): void {
  mount(App, { target, props: { page, bootstrap } });
  flushSync();
}
