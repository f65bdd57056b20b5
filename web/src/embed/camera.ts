/** The camera over the picture, where its owner laid it out: a chunk that a page whose recording has none never loads. */
import type { Watch } from "../api/types";
import { layoutAt, mask } from "../face/layout";
import { Camera } from "../player/camera/camera";
import type { Mediator } from "../player/mediator";
import { renew } from "../watch/media";

/** Shows the camera of `watch` in `screen`, the box of the picture. */
export function showCamera(screen: HTMLElement, mediator: Mediator, watch: Watch): void {
  const track = (name: string) => watch.tracks.find((it) => it.name === name);
  const codec = track("camera")?.codec;
  if (!watch.playback || codec === undefined) return;
  const { width, height } = track("video") ?? {};
  const [wide, high] = [width || 1920, height || 1080];
  const [over, face, cue] = ["div", "div", "p"].map((name) => document.createElement(name)) as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ];
  over.className = "over";
  over.style.setProperty("--wide", String(wide / high));
  face.dataset.testid = "embed-face";
  // The camera in full covers the video that draws its captions; those are read from its track.
  cue.dataset.testid = "embed-cue";
  cue.ariaHidden = "true";
  face.append(cue);
  over.append(face);

  let present = false;
  let known = "";
  const place = () => {
    const laid = layoutAt(watch.layout.moments, mediator.state.time * 1000);
    const shown = present ? laid.face : "hidden";
    const tracks = shown === "full" ? [...mediator.video.textTracks] : [];
    const cues = tracks.find(({ mode }) => mode === "showing")?.activeCues ?? [];
    const lines = [...cues].map((it) => (it as VTTCue).getCueAsHTML().textContent ?? "");
    const look = [shown, laid.corner, laid.size, ...lines].join("\n");
    if (look === known) return;
    known = look;
    const square = shown === "full" ? { x: 0, y: 0, side: wide } : mask(laid.corner, laid.size, wide, high);
    face.dataset.face = shown;
    face.style.left = `${(square.x / wide) * 100}%`;
    face.style.top = `${(square.y / high) * 100}%`;
    face.style.width = `${(square.side / wide) * 100}%`;
    cue.textContent = lines.join("\n");
    cue.hidden = lines.length === 0;
  };
  const media = { url: watch.playback.url, codec, startedAt: watch.started_at / 1000 };
  const camera = new Camera(
    mediator.video,
    media,
    () => renew(watch.slug),
    (state) => {
      present = state.present;
      place();
    },
  );
  camera.video.dataset.testid = "camera";
  camera.video.tabIndex = -1;
  camera.video.ariaHidden = "true";
  face.prepend(camera.video);
  screen.append(over);
  let edge = "";
  mediator.observe(({ end, live }) => {
    const now = `${end} ${live}`;
    if (now !== edge) camera.refresh();
    edge = now;
    place();
  });
}
