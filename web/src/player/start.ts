/** Where playing begins. Times in seconds. */

/** How far before the end of an ended recording its last picture can safely be shown. */
const LAST_PICTURE = 0.1;

export interface Reach {
  readonly end: number;
  readonly ended: boolean;
  /** How far behind `end` a live viewer stays. */
  readonly holdBack: number;
}

/** The place asked for, or the last picture (the live edge while the recording runs) where it lies behind that. */
export function clampStart(from: number, { end, ended, holdBack }: Reach): number {
  return Math.min(from, Math.max(0, end - (ended ? LAST_PICTURE : holdBack)));
}
