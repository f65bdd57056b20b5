/**
 * The captions track. While a recording is being transcribed the file grows, so it is loaded again beside the old one
 * and takes its place when it is there: the line on screen does not flicker.
 */
export class Captions {
  #shown: HTMLTrackElement | null = null;
  #next: HTMLTrackElement | null = null;
  #on = false;

  constructor(private readonly video: HTMLVideoElement) {}

  get on(): boolean {
    return this.#on;
  }

  /** `language` is a BCP 47 tag, empty where nobody knows it. */
  load(url: string, language: string): void {
    this.#next?.remove();
    const track = document.createElement("track");
    track.kind = "captions";
    track.label = "Transcript";
    track.srclang = language || "und";
    track.src = url;
    track.addEventListener("load", () => this.#replace(track), { once: true });
    track.addEventListener("error", () => track.remove(), { once: true });
    this.#next = track;
    this.video.append(track);
    // A track that is disabled is never fetched.
    track.track.mode = "hidden";
  }

  show(on: boolean): void {
    this.#on = on;
    if (this.#shown) this.#shown.track.mode = on ? "showing" : "hidden";
  }

  #replace(track: HTMLTrackElement): void {
    if (track !== this.#next) return;
    this.#shown?.remove();
    this.#shown = track;
    this.#next = null;
    this.show(this.#on);
  }
}
