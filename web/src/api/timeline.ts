/** Requests about what lies on a recording's timeline beside its media. Apart from `client.ts`, which every page loads first. */
import { client, read, withId, withSlug, withVersion } from "./client";
import type { LayoutMoment } from "./types";

/** Fails with 412 unless the layout still has this version. */
export const putLayout = (id: string, moments: readonly LayoutMoment[], version: number) =>
  read(
    client.PUT("/api/recordings/{id}/layout", {
      ...withVersion(id, version),
      body: { moments: [...moments] },
    }),
  );

export const addMark = (slug: string, body: { at_ms: number; title: string }) =>
  read(client.POST("/api/watch/{slug}/marks", { ...withSlug(slug), body }));
export const changeMark = (id: string, body: { title?: string; at_ms?: number }, version: number | null) =>
  read(client.PATCH("/api/marks/{id}", { ...withVersion(id, version), body }));
export const deleteMark = (id: string) => read(client.DELETE("/api/marks/{id}", withId(id)));
export const restoreMark = (id: string) => read(client.POST("/api/marks/{id}/restore", withId(id)));

/** Asks for the recording as one MP4: picture, camera and sound. */
export const askForDownload = (slug: string) =>
  read(client.POST("/api/watch/{slug}/download", withSlug(slug)));

/** What was recorded beside picture and sound. */
export const getRecordedEvents = (id: string, from: number) =>
  read(client.GET("/api/recordings/{id}/recorded-events", { params: { path: { id }, query: { from } } }));
export const emptyRecordedEvents = (id: string) =>
  read(client.DELETE("/api/recordings/{id}/recorded-events", withId(id)));

/** The text that was read in the picture. */
export const getScreenText = (id: string) => read(client.GET("/api/recordings/{id}/screen-text", withId(id)));
/** Off: what was read goes, and nothing is read. */
export const switchScreenText = (id: string, on: boolean) =>
  read(client.PUT("/api/recordings/{id}/screen-text", { ...withId(id), body: { on } }));
