/** How much room the page has, and who touches it. The one place that knows where one column becomes two. */

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

/** Phones, and tablets held upright (also with a keyboard on the screen, which makes them nearly square). */
export const stacked = media("(max-width: 800px), (max-width: 1040px) and (max-aspect-ratio: 5/4)");

/** Fingers: Enter makes a new line, because their keyboards have no Shift+Enter. */
export const coarse = media("(pointer: coarse)");
