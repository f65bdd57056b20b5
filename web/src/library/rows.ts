/** Which rows of a long list are drawn. Pure; lengths in pixels. */

export interface Identified {
  readonly id: string;
}

export interface Window {
  /** Rows from `first` up to, and without, `last`. */
  readonly first: number;
  readonly last: number;
  /** Room that stands for the rows above and below. */
  readonly above: number;
  readonly below: number;
}

/** Rows outside of the window that are drawn all the same: the keyboard gets there before the list has scrolled. */
const SPARE = 4;

/** `top`: how far the list's beginning is above that of the window; `height` of the window. */
export function rowsToDraw(rows: number, row: number, top: number, height: number): Window {
  if (row <= 0) return { first: 0, last: rows, above: 0, below: 0 };
  const first = Math.max(0, Math.min(rows, Math.floor(top / row) - SPARE));
  const last = Math.max(first, Math.min(rows, Math.ceil((top + height) / row) + SPARE));
  return { first, last, above: first * row, below: (rows - last) * row };
}

/** How many columns of at least `least` stand side by side. */
export const columnsIn = (width: number, least: number, gap: number): number =>
  Math.max(1, Math.floor((width + gap) / (least + gap)));
