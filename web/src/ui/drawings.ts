/** The few drawings that are shown before any component is loaded, as SVG. */

/** The path of the play icon, in a box of 24. */
export const PLAY = "M8 5.5v13l10.5-6.5z";

/** The sign of the program, a page and the note beside it, as SVG; the same as `public/favicon.svg`. */
export const logo = (size: number): string =>
  `<svg viewBox="0 0 32 32" width="${size}" height="${size}" aria-hidden="true">
  <rect width="32" height="32" rx="8" fill="var(--accent)" />
  <rect x="6" y="8" width="12" height="16" rx="3" fill="#fff" />
  <path d="M21 10h3.500a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H23l-2.500 2.500V10.500z" fill="#c9c7ff" />
</svg>`;
