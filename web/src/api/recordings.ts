/** What the owner of a recording does with it. */
import { client, read, withId, withSlug, withVersion } from "./client";

export const changeRecording = (id: string, body: { title?: string }, version: number | null) =>
  read(client.PATCH("/api/recordings/{id}", { ...withVersion(id, version), body }));
export const trashRecording = (id: string) => read(client.DELETE("/api/recordings/{id}", withId(id)));
export const restoreRecording = (id: string) => read(client.POST("/api/recordings/{id}/restore", withId(id)));

export const retryTranscript = (id: string) =>
  read(client.POST("/api/recordings/{id}/transcript/retry", withId(id)));

/** One's own recording in the trash; a `Problem` 404 for everybody else. */
export const getTrashed = (slug: string) => read(client.GET("/api/trash/{slug}", withSlug(slug)));
