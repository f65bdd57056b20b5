/** What pages ask the server about how long recordings stay. */
import { client, read, withId } from "../api/client";
import { readForm, sendForm } from "../api/forms";
import type { RetentionWord } from "../api/types";

export const getRetention = (id: string) => read(client.GET("/api/recordings/{id}/retention", withId(id)));
const SERVER = "/api/server/retention";
export const getServerRetention = () => readForm(SERVER, client.GET(SERVER));
export const setServerRetention = (body: RetentionWord) =>
  sendForm(SERVER, (from) => client.PUT(SERVER, { body, ...from }), getServerRetention);
