/** Markers of mentions: the server keeps ids, people read names. Pure. */
import type { Mention } from "../api/types";

/** Somebody, or a group, who can be mentioned. */
export interface Person {
  readonly kind: Mention["kind"];
  readonly id: string;
  readonly name: string;
}

const MARKER = /<@(user|group|guest):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>/g;

/** The words as they are edited: `@Name` for each marker whose name is known; others stay as they are. */
export function toField(body: string, mentions: readonly Person[]): string {
  return body.replace(MARKER, (whole, kind: string, id: string) => {
    const known = mentions.find((it) => it.kind === kind && it.id === id);
    return known ? `@${known.name}` : whole;
  });
}

/** The words as they are read where no names can be shown. */
export function toPlain(body: string, mentions: readonly Person[]): string {
  return toField(body, mentions).replace(MARKER, "@somebody");
}
