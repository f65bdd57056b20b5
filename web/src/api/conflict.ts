/**
 * Changes to a thing that somebody else may have changed since it was seen. The server recognises that by its version (`If-Match`,
 * 412 `version_conflict`), which counts up with every change, also of what we do not touch: only another value of what
 * we do touch is a conflict.
 */
import { Problem } from "./problem";

export interface Versioned {
  readonly version: number;
}

/** Somebody else has changed it; nothing was overwritten. */
export class Conflict<T> extends Error {
  constructor(
    /** As it is now. */
    readonly now: T,
  ) {
    super("Somebody changed this meanwhile. Nothing was overwritten.");
  }
}

export interface ChangeParts<Seen, Sent> {
  /** Makes the change if the thing still has this version; rejects with the server's `Problem` else. */
  readonly send: (version: number) => Promise<Sent>;
  /** The thing as it is now. */
  readonly read: () => Promise<Seen>;
  /** Whether what is to be changed is as it was seen. */
  readonly same: (now: Seen) => boolean;
}

/** So often the thing may change between a read and the change, before that becomes an error. */
const TRIES = 4;

/** Makes a change to a thing as it was `seen`; rejects with `Conflict` where that would overwrite somebody's change. */
export async function changeUnlessConflict<Seen extends Versioned, Sent>(
  seen: Versioned,
  { send, read, same }: ChangeParts<Seen, Sent>,
): Promise<Sent> {
  let { version } = seen;
  for (let n = 1; ; n += 1) {
    try {
      return await send(version);
    } catch (error) {
      const changed = error instanceof Problem && error.code === "version_conflict";
      if (!changed || n === TRIES) throw error;
    }
    const now = await read();
    if (!same(now)) throw new Conflict(now);
    version = now.version;
  }
}
