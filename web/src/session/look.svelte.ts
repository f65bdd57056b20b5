/** How the person who is signed in wants to see the pages, and their picture. */
import type { Me } from "../api/types";
import { setDates } from "../ui/dates";

export type Look = NonNullable<Me["look"]>;

let mine = $state.raw<Look | null>(null);

export const look = {
  get picture(): string | null {
    return mine?.picture ?? null;
  },
};

export function setLook(look: Look | null): void {
  mine = look;
  setDates(look);
}
