/** The server's words under the names we use. `schema.ts` is generated: `npm run generate`. */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** The description calls a field optional that may be null; the server writes every one of them. */
type Filled<T> = { [K in keyof T]-?: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] };

export type Audience = Schemas["Audience"];
export type RecordingState = Schemas["RecordingState"];
export type TranscriptState = Schemas["TranscriptState"];
export type Me = Filled<Schemas["Me"]>;
export type RecordingCard = Filled<Schemas["RecordingCard"]>;
export type Watch = Filled<Schemas["Watch"]>;
export type Word = Schemas["Word"];
/** `language` is a BCP 47 tag; a server that does not tell leaves it out. */
export type Transcript = Schemas["Transcript"] & { readonly language?: string | null };
export type Comment = Filled<Schemas["Comment"]> & { author: Filled<Schemas["AuthorView"]> };
export type NewComment = Schemas["NewComment"];
export type Token = Filled<Schemas["TokenInfo"]>;
export type DeviceRequest = Schemas["DeviceRequest"];
