/** What the owner of a recording does with its words. */
import { client, read, withId, withVersion } from "../api/client";

export interface Correction {
  /** Number of the first word that is replaced. */
  readonly first: number;
  readonly count: number;
  readonly text: string;
}

export const correct = (id: string, body: Correction, version: number) =>
  read(client.PATCH("/api/recordings/{id}/transcript", { ...withVersion(id, version), body }));
/** With a version, only if the transcript still has that one. */
export const restore = (id: string, to: number, version: number | null) =>
  read(client.POST("/api/recordings/{id}/transcript/restore", { ...withVersion(id, version), body: { to } }));
export const versions = (id: string) =>
  read(client.GET("/api/recordings/{id}/transcript/versions", withId(id)));
export const bring = (id: string, file: Blob) =>
  read(
    client.PUT("/api/recordings/{id}/transcript/file", {
      ...withId(id),
      // The description says a list of bytes; what is sent is the file itself.
      body: [] as number[],
      bodySerializer: () => file,
      headers: { "content-type": "application/octet-stream" },
    }),
  );
export const removeTranslation = (id: string, language: string) =>
  read(client.DELETE("/api/recordings/{id}/translations/{language}", { params: { path: { id, language } } }));
export const transcribeAnew = (id: string) =>
  read(
    client.POST("/api/recordings/{id}/transcript/retry", {
      params: { path: { id }, query: { drop_corrections: true } },
    }),
  );
