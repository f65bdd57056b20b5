/** How much room the page has. The one place that knows where one column becomes two. */
import { MediaQuery } from "svelte/reactivity";

/** Phones, and tablets held upright (also with a keyboard on the screen, which makes them nearly square). */
export const stacked = new MediaQuery("(max-width: 800px), (max-width: 1040px) and (max-aspect-ratio: 5/4)");

/** Fingers: Enter makes a new line, because their keyboards have no Shift+Enter. */
export const coarse = new MediaQuery("(pointer: coarse)");
