/** Changes of the layout by the owner: taken back with Undo, never over what somebody else has changed there meanwhile. */
import { getWatch } from "../api/client";
import { changeUnlessConflict } from "../api/conflict";
import { putLayout } from "../api/timeline";
import type { Layout, LayoutMoment, Watch } from "../api/types";
import { clock } from "../ui/time";
import { toastError } from "../ui/toasts.svelte";
import { offerUndo } from "../ui/undoable";
import { layoutAt } from "./layout";

type Moments = readonly LayoutMoment[];

/** A page that shows a layout. */
export interface LaidOut {
  info: Watch | null;
}

/** Makes a change of the layout from `ms` on; what holds elsewhere may have been changed meanwhile. Errors are shown. */
export async function changeLayout(
  page: LaidOut,
  ms: number,
  change: (moments: Moments) => LayoutMoment[],
): Promise<void> {
  const seen = page.info?.layout;
  if (!seen) return;
  const here = (moments: Moments) => look(layoutAt(moments, ms));
  try {
    const before = await put(page, seen, change, (now) => here(now) === here(seen.moments));
    if (!before) return;
    const after = page.info?.layout.moments ?? [];
    offerUndo(`Camera changed from ${clock(ms)} on`, () => undo(page, before, after), topic(page));
  } catch (error) {
    toastError(error, topic(page));
  }
}

async function undo(page: LaidOut, before: Moments, after: Moments): Promise<void> {
  const seen = page.info?.layout;
  if (seen)
    await put(
      page,
      seen,
      () => [...before],
      (now) => JSON.stringify(now) === JSON.stringify(after),
    );
}

/** The moments before the change; null where it changed nothing. Rejects with `Conflict` where `same` no longer holds. */
async function put(
  page: LaidOut,
  seen: Layout,
  change: (moments: Moments) => LayoutMoment[],
  same: (now: Moments) => boolean,
): Promise<Moments | null> {
  const { info } = page;
  if (!info) return null;
  let base = seen;
  const moments = () => change(base.moments);
  if (JSON.stringify(moments()) === JSON.stringify(base.moments)) return null;
  const show = (layout: Layout) => {
    if (page.info) page.info = { ...page.info, layout };
  };
  const changed = await changeUnlessConflict(seen, {
    send: (version) => putLayout(info.id, moments(), version),
    read: async () => {
      base = (await getWatch(info.slug)).layout;
      show(base);
      return base;
    },
    same: (now) => same(now.moments),
  });
  show(changed);
  return base.moments;
}

const look = ({ face, corner, size }: LayoutMoment) => `${face} ${corner} ${size}`;
const topic = (page: LaidOut) => `layout ${page.info?.id}`;
