/** How a viewer likes to see the camera, remembered in this browser. The store is a parameter. */
import type { Corner } from "../api/types";
import { CORNERS } from "./layout";

export interface CameraPreferences {
  readonly hidden: boolean;
  /** Instead of the speaker's choice. */
  readonly corner: Corner | null;
}

const KEY = "aside.camera";

type Store = Pick<Storage, "getItem" | "setItem">;

export function loadCameraPreferences(store: Store): CameraPreferences {
  let found: Partial<Record<keyof CameraPreferences, unknown>> = {};
  try {
    found = (JSON.parse(store.getItem(KEY) ?? "{}") as typeof found | null) ?? {};
  } catch {}
  const corner = CORNERS.find((it) => it.corner === found.corner)?.corner ?? null;
  return { hidden: found.hidden === true, corner };
}

/** A store that is full or forbidden forgets them silently. */
export function saveCameraPreferences(store: Store, { hidden, corner }: CameraPreferences): void {
  try {
    store.setItem(KEY, JSON.stringify({ hidden, corner }));
  } catch {}
}
