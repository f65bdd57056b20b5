/** How much room the page has, and who touches it, as state of components. */
import { COARSE, STACKED } from "./queries";

function media(query: string): { readonly current: boolean } {
  const list = matchMedia(query);
  let current = $state(list.matches);
  list.addEventListener("change", () => (current = list.matches));
  return {
    get current() {
      return current;
    },
  };
}

export const stacked = media(STACKED);
export const coarse = media(COARSE);
