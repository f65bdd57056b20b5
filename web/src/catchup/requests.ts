/** What pages ask the server about catching up. */
import { client, read, withId } from "../api/client";
import { readForm, sendForm } from "../api/forms";
import type { components } from "../api/schema";

export type CatchUpItem = components["schemas"]["CatchUpItem"];
export type AskedViewers = components["schemas"]["AskedViewers"];

export const getCatchUp = () => read(client.GET("/api/me/catch-up")).then(({ items }) => items);
export const setCaughtUp = (recording: string, done: boolean) =>
  read(client.PUT("/api/me/catch-up/{recording}", { params: { path: { recording } }, body: { done } }));

export const getViewers = (id: string) =>
  readForm(`viewers ${id}`, client.GET("/api/recordings/{id}/viewers", withId(id)));
export const askViewers = (id: string, people: string[], due_at: number | null) =>
  sendForm(
    `viewers ${id}`,
    (from) =>
      client.PUT("/api/recordings/{id}/viewers", { ...withId(id), body: { people, due_at }, ...from }),
    () => getViewers(id),
  );
