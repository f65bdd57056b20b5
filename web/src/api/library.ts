/** Requests of the library, which the watch page does not load. */
import { client, read, withId } from "./client";
import type { paths } from "./schema";
import type { ChangeRecordings, RetentionWord } from "./types";

export type ListQuery = NonNullable<paths["/api/recordings"]["get"]["parameters"]["query"]>;
export const listRecordings = (query: ListQuery, before: string | null) =>
  read(client.GET("/api/recordings", { params: { query: before === null ? query : { ...query, before } } }));
/** What one began to watch. */
export const listUnfinished = () => read(client.GET("/api/library/unfinished")).then(({ items }) => items);
export const getLibrary = () => read(client.GET("/api/library"));
/** Moves, tags, keeps, trashes or restores several at once: all or none. */
export const changeRecordings = (body: ChangeRecordings) =>
  read(client.POST("/api/library/change", { body }));
export const makeFolder = (name: string, parent_id: string | null) =>
  read(client.POST("/api/folders", { body: { name, parent_id } }));
export const changeFolder = (
  id: string,
  body: { name?: string; move_to?: { folder_id: string | null }; retention?: { says: RetentionWord | null } },
) => read(client.PATCH("/api/folders/{id}", { ...withId(id), body }));
export const removeFolder = (id: string) => read(client.DELETE("/api/folders/{id}", withId(id)));

export const listTrash = (before: string | null) =>
  read(client.GET("/api/trash", { params: { query: before === null ? {} : { before } } }));
