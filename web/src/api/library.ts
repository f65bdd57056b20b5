/** Requests of the library, which the watch page does not load. */
import { client, read, withId } from "./client";
import { from } from "./forms";
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
/** Names somebody for several, or no more; answers for which something is different now. */
export const shareRecordings = (
  ids: string[],
  person: { user_id: string } | { mail: string } | { group_id: string },
  remove: boolean,
) =>
  read(client.POST("/api/library/share", { body: { ids, ...person, remove } })).then(
    ({ changed }) => changed,
  );
export const takeBack = (ids: string[]) => read(client.POST("/api/library/take-back", { body: { ids } }));
export const makeFolder = (name: string, parent_id: string | null) =>
  read(client.POST("/api/folders", { body: { name, parent_id } }));
/** `etag`: of the state that it is made from. */
export const changeFolder = (
  { id, etag }: { id: string; etag?: string },
  body: { name?: string; move_to?: { folder_id: string | null }; retention?: { says: RetentionWord | null } },
) => read(client.PATCH("/api/folders/{id}", { ...withId(id), body, ...from(etag && `"${etag}"`) }));
export const removeFolder = (id: string) => read(client.DELETE("/api/folders/{id}", withId(id)));
/** Brings back what was removed within the last minute, as it was. */
export const restoreFolder = (id: string) => read(client.POST("/api/folders/{id}/restore", withId(id)));

export const listTrash = (before: string | null) =>
  read(client.GET("/api/trash", { params: { query: before === null ? {} : { before } } }));
