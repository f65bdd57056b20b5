/** How a viewer likes to watch, remembered in this browser. The store is a parameter. */

export interface Preferences {
  readonly rate: number;
  readonly muted: boolean;
  readonly volume: number;
  readonly captions: boolean;
}

const KEY = "aside.player";
const DEFAULTS: Preferences = { rate: 1, muted: false, volume: 1, captions: false };

type Store = Pick<Storage, "getItem" | "setItem">;

/** What was kept, field by field: one that is missing or out of range is as if nothing had been chosen. */
export function loadPreferences(store: Store): Preferences {
  let found: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    found = (JSON.parse(store.getItem(KEY) ?? "{}") as typeof found | null) ?? {};
  } catch {}
  const { rate, muted, volume, captions } = found;
  return {
    rate: typeof rate === "number" && rate >= 0.25 && rate <= 4 ? rate : DEFAULTS.rate,
    muted: muted === true,
    volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : DEFAULTS.volume,
    captions: captions === true,
  };
}

/** A store that is full or forbidden forgets them silently. */
export function savePreferences(store: Store, { rate, muted, volume, captions }: Preferences): void {
  try {
    store.setItem(KEY, JSON.stringify({ rate, muted, volume, captions }));
  } catch {}
}
