/**
 * Layout and play button of the watch page before its components are loaded, in plain DOM.
 * `watch.css` lays out both, so nothing moves when the components take over.
 */
import type { PlayerState } from "../player/requests";
import { logo, PLAY } from "../ui/drawings";
import { STACKED } from "../ui/queries";
import { SERVER } from "../ui/server";

export interface ShellParts {
  readonly video: HTMLVideoElement;
  readonly toggle: () => void;
  readonly fullscreen: () => void;
}

/** Static; what people have written goes in as text. */
const HTML = `
<header><span class="home">${logo(20)} </span></header>
<main>
  <div class="left">
    <div class="sticky">
      <div class="stage" role="group" aria-label="Recording">
        <div class="picture">
          <div class="screen" role="presentation"></div>
          <button type="button" class="start" data-testid="start" aria-label="Play" hidden><svg viewBox="0 0 24 24" width="36" height="36"
            fill="currentColor" stroke="currentColor" stroke-width="1.75" stroke-linejoin="round" aria-hidden="true"><path d="${PLAY}"/></svg></button>
          <div class="wait" role="status" hidden><span class="visually-hidden">Loading</span></div>
        </div>
        <div class="bar"><div class="rail"></div><div class="marks"></div><div class="controls"></div></div>
      </div>
    </div>
    <div class="title"></div>
    <div class="about"></div>
  </div>
  <section class="side"></section>
</main>
<textarea class="visually-hidden" data-testid="early-field" aria-label="Write a comment" tabindex="-1"></textarea>`;

export class Shell {
  readonly #root = document.createElement("div");
  readonly #heading = document.createElement("h1");
  readonly #stop = new AbortController();

  constructor(target: HTMLElement, parts: ShellParts) {
    const root = this.#root;
    root.className = "watch";
    root.dataset.testid = "shell";
    root.innerHTML = HTML;
    this.#at(".home").append(SERVER);
    this.#heading.className = "heading";
    parts.video.dataset.testid = "video";
    this.#at(".screen").append(parts.video);
    this.#at(".screen").addEventListener("click", parts.toggle);
    this.#at(".screen").addEventListener("dblclick", parts.fullscreen);
    this.#at(".start").addEventListener("click", parts.toggle);
    const stacked = matchMedia(STACKED);
    stacked.addEventListener("change", () => this.#stack(stacked.matches), { signal: this.#stop.signal });
    this.#stack(stacked.matches);
    target.append(root);
  }

  /** Where a comment is written before its field is there. */
  get field(): HTMLTextAreaElement {
    return this.#at<HTMLTextAreaElement>("textarea");
  }

  /** What has the focus in here: the `data-testid` of the page's control that is to have it next. */
  get focused(): string | null {
    const active = document.activeElement;
    return active instanceof HTMLElement && this.#root.contains(active)
      ? (active.dataset.testid ?? null)
      : null;
  }

  /** What the recording is called, and the shape of its picture where that is known. */
  name(title: string, size: { width: number; height: number } | null): void {
    const text = document.createElement("bdi");
    text.textContent = title;
    this.#heading.replaceChildren(text);
    if (size) this.#at(".picture").style.setProperty("--ratio", `${size.width} / ${size.height}`);
  }

  /** The player has changed. */
  show({ paused, ended, waiting, seeking, touched }: PlayerState): void {
    this.#at(".start").hidden = touched || !(paused || ended);
    this.#at(".wait").hidden = !this.#at(".start").hidden || !(waiting || seeking);
  }

  /** Shows an error of ours and a Reload button in place of the panel. */
  fail(text: string): void {
    this.#at(".side").innerHTML =
      `<div class="shell-error"><p class="error" role="alert">${text}</p><button type="button" class="button">Reload</button></div>`;
    this.#at("button.button").addEventListener("click", () => location.reload());
  }

  remove(): void {
    this.#stop.abort();
    this.#root.remove();
  }

  #at<E extends HTMLElement>(selector: string): E {
    const found = this.#root.querySelector<E>(selector);
    if (!found) throw new Error(`the shell has no ${selector}`);
    return found;
  }

  #stack(stacked: boolean): void {
    this.#root.classList.toggle("stacked", stacked);
    this.#at(stacked ? ".title" : "header").append(this.#heading);
  }
}
