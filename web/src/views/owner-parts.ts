/** What an owner sees of who watched, as one chunk: nobody else loads it. */
import type { WatchSession } from "../watch/session.svelte";
import { Audience } from "./audience.svelte";
import Curve from "./Curve.svelte";
import WatchedBy from "./WatchedBy.svelte";

export const ownerParts = (session: WatchSession) => ({ audience: new Audience(session), Curve, WatchedBy });

export type OwnerParts = ReturnType<typeof ownerParts>;
