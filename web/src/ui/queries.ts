/** The media queries that code asks, in one place. What follows from them at run time is in `layout.svelte.ts`. */

/** One column: phones, and tablets held upright (also with a keyboard on the screen, which makes them nearly square). */
export const STACKED = "(max-width: 800px), (max-width: 1040px) and (max-aspect-ratio: 5/4)";

/** Fingers: Enter makes a new line, because their keyboards have no Shift+Enter. */
export const COARSE = "(pointer: coarse)";
