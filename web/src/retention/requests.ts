/** What pages ask the server about how long recordings stay. */
import { client, read, withId } from "../api/client";
import type { RetentionWord } from "../api/types";

export const getRetention = (id: string) => read(client.GET("/api/recordings/{id}/retention", withId(id)));
export const getServerRetention = () => read(client.GET("/api/server/retention"));
export const setServerRetention = (body: RetentionWord) =>
  read(client.PUT("/api/server/retention", { body }));
