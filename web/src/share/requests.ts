/** What the server is asked about sharing. */
import { client, read, withId, withSlug, withVersion } from "../api/client";
import type { ChangeSharing } from "../api/types";

export const getSharing = (id: string) => read(client.GET("/api/recordings/{id}/sharing", withId(id)));
export const changeSharing = (id: string, body: ChangeSharing, version: number) =>
  read(client.PATCH("/api/recordings/{id}/sharing", { ...withVersion(id, version), body }));
export const newLink = (id: string) => read(client.POST("/api/recordings/{id}/link", withId(id)));
export const addPerson = (id: string, body: { user_id: string } | { mail: string } | { group_id: string }) =>
  read(client.POST("/api/recordings/{id}/people", { ...withId(id), body }));
export const removePerson = (id: string, grant: string) =>
  read(client.DELETE("/api/recordings/{id}/people/{grant}", { params: { path: { id, grant } } }));
export const answer = (id: string, request: string, allow: boolean) =>
  read(
    client.POST("/api/recordings/{id}/requests/{request}", {
      params: { path: { id, request } },
      body: { allow },
    }),
  );
export const takeAnswerBack = (id: string, request: string) =>
  read(client.POST("/api/recordings/{id}/requests/{request}/undo", { params: { path: { id, request } } }));
export const listPeople = () => read(client.GET("/api/people"));
export const unlock = (slug: string, password: string) =>
  read(client.POST("/api/watch/{slug}/unlock", { ...withSlug(slug), body: { password } }));
export const askForAccess = (slug: string, message: string) =>
  read(client.POST("/api/watch/{slug}/ask", { ...withSlug(slug), body: { message } }));
export const askForMailLink = (slug: string, email: string) =>
  read(client.POST("/api/watch/{slug}/mail-link", { ...withSlug(slug), body: { email } }));
