/** Pages of people with an account. */
import { getMe } from "../api/client";
import type { Me } from "../api/types";
import { follow } from "./language";
import { setLook } from "./look.svelte";

/** Who is signed in; for nobody null, and the way leads to where that changes, and back here afterwards. */
export async function requireUser(): Promise<(Me & { user: NonNullable<Me["user"]> }) | null> {
  const me = await getMe();
  const { user } = me;
  setLook(me.look);
  // The server has told this browser by now in which language it sends the next page.
  if (me.look?.language && follow(me.look.language)) return null;
  if (user) return { ...me, user };
  const here = location.pathname + location.search;
  const next = here === "/" ? "" : `?next=${encodeURIComponent(here)}`;
  location.replace(me.setup_needed ? "/setup" : `/sign-in${next}`);
  return null;
}
