/** Everything about the camera, as one chunk: a page whose recording has none never loads it. */
import type { WatchSession } from "../watch/session.svelte";
import CameraMenu from "./CameraMenu.svelte";
import Face from "./Face.svelte";
import { CameraView } from "./view.svelte";

export const cameraParts = (session: WatchSession) => ({ view: new CameraView(session), Face, CameraMenu });

export type CameraParts = ReturnType<typeof cameraParts>;
