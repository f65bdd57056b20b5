/** The camera of a watch page: how the owner laid it out at this moment, and how this viewer likes to see it. */
import type { Corner, LayoutMoment } from "../api/types";
import type { CameraState } from "../player/camera/camera";
import { Disclosure } from "../ui/disclosure.svelte";
import { announce } from "../ui/toasts.svelte";
import type { WatchSession } from "../watch/session.svelte";
import { changeLayout } from "./edit";
import { changedFrom, cornerName, layoutAt, without } from "./layout";
import { loadCameraPreferences, saveCameraPreferences } from "./preferences";

export type Look = Omit<LayoutMoment, "at_ms">;

export class CameraView {
  /** What the camera's player said last. */
  state = $state.raw<CameraState>({ present: false, failed: false });
  #preferences = $state.raw(loadCameraPreferences(localStorage));
  readonly menu = new Disclosure();

  constructor(readonly session: WatchSession) {}

  readonly mine = $derived.by(() => this.session.info?.mine === true);
  readonly moments = $derived.by(() => this.session.info?.layout.moments ?? []);
  /** What the owner wants at this moment. */
  readonly laidOut: LayoutMoment = $derived.by(() => layoutAt(this.moments, this.session.ms));
  /** The size of the picture under it, in pixels. */
  readonly picture = $derived.by(() => {
    const track = this.session.info?.tracks.find(({ name }) => name === "video");
    return { width: track?.width || 1920, height: track?.height || 1080 };
  });
  readonly hidden = $derived.by(() => this.#preferences.hidden);
  /** This viewer's own corner. */
  readonly ownCorner = $derived.by(() => this.#preferences.corner);
  readonly corner: Corner = $derived.by(() => this.ownCorner ?? this.laidOut.corner);
  /** What stands on the page. */
  readonly shown = $derived.by(() => (this.state.present && !this.hidden ? this.laidOut.face : "hidden"));

  hide(hidden: boolean): void {
    this.#prefer({ hidden });
    announce(hidden ? "Camera hidden" : "Camera shown");
  }

  /** To another corner for this viewer alone; null: where its owner wants it. */
  prefer(corner: Corner | null): void {
    this.#prefer({ corner });
    announce(`Camera: ${cornerName(this.corner).toLowerCase()}`);
  }

  /** Somebody has moved it on the picture: its owner for everybody, from here on, others for themselves. */
  move(corner: Corner): void {
    if (corner === this.corner) return;
    if (this.mine) void this.change({ corner });
    else this.prefer(corner);
  }

  /** The owner lays it out, from this moment on. */
  async change(look: Partial<Look>): Promise<void> {
    const { ms } = this.session;
    // What the owner sees is what everybody gets.
    if (look.corner) this.#prefer({ corner: null });
    const change = { face: look.corner || look.size ? ("corner" as const) : this.laidOut.face, ...look };
    await changeLayout(this.session, ms, (moments) => changedFrom(moments, ms, change));
  }

  /** The owner takes a moment of the layout away. */
  async remove(at_ms: number): Promise<void> {
    await changeLayout(this.session, at_ms, (moments) => without(moments, at_ms));
  }

  #prefer(change: Partial<{ hidden: boolean; corner: Corner | null }>): void {
    this.#preferences = { ...this.#preferences, ...change };
    saveCameraPreferences(localStorage, this.#preferences);
  }
}
