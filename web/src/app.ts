/** Puts a page on the screen. Pages are left by ordinary links: the browser keeps history, scroll and titles right. */
import { mount } from "svelte";
import App from "./App.svelte";
import type { Page } from "./pages";
import type { Early } from "./watch/early";

export function start(target: HTMLElement, early: Early | null, page: Page): void {
  mount(App, { target, props: { page, early } });
}
