/** A recording in a page of another site: picture and timeline, in plain DOM. The whole page is a link away. */
import "../ui/tokens.css";
import "./embed.css";
import { captionsUrl, getWatch } from "../api/client";
import { errorMessage, Problem } from "../api/problem";
import { Mediator } from "../player/mediator";
import { atLiveEdge, type PlayerState } from "../player/requests";
import { PLAY } from "../ui/drawings";
import { SERVER } from "../ui/server";
import { clock, parseClock, spoken } from "../ui/time";
import { openMedia } from "../watch/media";
import { embedSlug, isNested, memory, pageOf } from "./address";

const PATHS = {
  play: PLAY,
  pause: "M7 5.5h3v13H7zM14 5.5h3v13h-3z",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6",
  muted: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5",
  captions: "M3.500 6h17v12h-17zM10.500 10.500a2 2 0 1 0 0 3M17 10.500a2 2 0 1 0 0 3",
  full: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
};
const drawn = (name: keyof typeof PATHS) =>
  `<svg viewBox="0 0 24 24" width="20" height="20" fill="${name === "play" || name === "pause" ? "currentColor" : "none"}" stroke="currentColor" stroke-width="1.75" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`;

/** Static; what people have written goes in as text. */
const HTML = `
<header><h1 class="name"><a target="_blank" rel="noopener" data-testid="embed-open"></a></h1></header>
<div class="screen" data-testid="embed-screen"></div>
<p class="note" role="alert" hidden data-testid="embed-note"></p>
<button type="button" class="start" aria-label="Play" hidden data-testid="embed-start"><svg viewBox="0 0 24 24" width="36" height="36" fill="currentColor" aria-hidden="true"><path d="${PLAY}"/></svg></button>
<div class="bar" role="group" aria-label="Player" data-testid="embed-bar">
  <button type="button" data-testid="embed-play"></button>
  <input type="range" min="0" max="0" step="0.1" value="0" aria-label="Position" data-testid="embed-position" />
  <span class="time" data-testid="embed-time"></span>
  <button type="button" data-testid="embed-mute"></button>
  <button type="button" data-testid="embed-captions" aria-label="Captions" title="Captions" aria-pressed="false" hidden>${drawn("captions")}</button>
  <button type="button" data-testid="embed-full" aria-label="Full screen" title="Full screen">${drawn("full")}</button>
</div>`;

const root = document.getElementById("embed") ?? document.body;
root.innerHTML = HTML;
const at = <E extends HTMLElement>(id: string): E => {
  const found = root.querySelector<E>(`[data-testid="embed-${id}"]`);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
};
const [bar, open, note, start, play, mute, captions, full] = [
  at("bar"),
  at<HTMLAnchorElement>("open"),
  at("note"),
  at("start"),
  at("play"),
  at("mute"),
  at("captions"),
  at("full"),
];
open.textContent = SERVER;
const position = at<HTMLInputElement>("position");

/** Says why there is no picture. */
function say(text: string): void {
  note.textContent = text;
  note.hidden = false;
  bar.hidden = true;
  start.hidden = true;
}

function press(button: HTMLElement, icon: keyof typeof PATHS, label: string): void {
  if (button.ariaLabel === label) return;
  button.innerHTML = drawn(icon);
  button.ariaLabel = label;
  button.title = label;
}

async function show(slug: string): Promise<void> {
  const linked = (parseClock(new URLSearchParams(location.search).get("t") ?? "") ?? 0) / 1000;
  open.href = pageOf(slug, linked);
  open.textContent = `Open in ${SERVER}`;
  const watch = await getWatch(slug);
  const name = document.createElement("bdi");
  name.textContent = watch.title || "Untitled recording";
  open.replaceChildren(name);
  if (!watch.playback) {
    say(`There is no picture yet. Open it in ${SERVER} to be told when there is.`);
    return;
  }
  const mediator = new Mediator(memory());
  mediator.video.dataset.testid = "video";
  at("screen").append(mediator.video);
  openMedia(mediator, watch, linked);
  const toggle = () => mediator.request({ type: "toggle" });
  at("screen").addEventListener("click", toggle);
  start.addEventListener("click", toggle);
  play.addEventListener("click", toggle);
  mute.addEventListener("click", () => mediator.request({ type: "mute", on: !mediator.state.muted }));
  const { settled, state: words, language } = watch.transcript;
  captions.hidden = settled === 0 && words !== "running";
  let loaded = 0;
  captions.addEventListener("click", () => {
    const on = !mediator.state.captions;
    // Anew each time: nobody tells this page of words that came since.
    if (on) mediator.loadCaptions(captionsUrl(slug, ++loaded), language ?? "");
    mediator.request({ type: "captions", on });
  });
  if (watch.tracks.some(({ name }) => name === "camera"))
    // Without it the picture is there all the same.
    import("./camera").then((it) => it.showCamera(at("screen"), mediator, watch)).catch(() => {});
  mediator.stage(root);
  const fullscreen = () => mediator.request({ type: "fullscreen", on: !mediator.state.fullscreen });
  full.addEventListener("click", fullscreen);
  at("screen").addEventListener("dblclick", fullscreen);
  full.hidden = !document.fullscreenEnabled;
  /** Somebody moves the slider: it does not run away from them. */
  let moving = false;
  position.addEventListener("input", () => {
    moving = true;
    mediator.request({ type: "seek", to: Number(position.value) });
  });
  position.addEventListener("change", () => {
    moving = false;
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.target as HTMLElement;
    if (event.key === " " && !on.matches("button, a")) toggle();
    else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && on !== position)
      mediator.request({ type: "skip", by: event.key === "ArrowLeft" ? -5 : 5 });
    else return;
    event.preventDefault();
  });
  mediator.observe((state: PlayerState) => {
    const { paused, ended, muted, time, end, live, started, touched, failure } = state;
    if (failure) say(failure.why === "closed" ? "This recording is not here any more." : failure.detail);
    start.hidden = touched || !(paused || ended) || failure !== null;
    root.dataset.playing = String(!paused && !ended);
    press(play, paused || ended ? "play" : "pause", paused || ended ? "Play" : "Pause");
    captions.ariaPressed = String(state.captions);
    press(mute, muted ? "muted" : "sound", muted ? "Sound on" : "Mute");
    if (!moving) {
      position.max = String(end);
      position.value = String(time);
      position.setAttribute("aria-valuetext", `${spoken(time * 1000)} of ${spoken(end * 1000)}`);
    }
    at("time").textContent =
      live && atLiveEdge(state) ? "Live" : `${clock(time * 1000)} / ${clock(end * 1000)}`;
    if (started) open.href = pageOf(slug, time);
  });
}

const slug = embedSlug(location.pathname);
if (isNested(window)) {
  // Nor is anything asked for.
  say("A recording that is embedded in another one is not shown. Open it by its own link.");
} else if (slug) {
  show(slug).catch((error: unknown) => {
    const closed = error instanceof Problem && [403, 404, 410].includes(error.status);
    say(
      closed
        ? `This recording is not for everybody, or not here. Open it in ${SERVER} to see.`
        : errorMessage(error),
    );
  });
}
