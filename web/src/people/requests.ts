/** What the server is asked about people, invitations and groups. */
import { client, read, withId, withVersion } from "../api/client";
import type { Role } from "../api/types";

export const getRoster = () => read(client.GET("/api/server/people"));
export const listNames = () => read(client.GET("/api/people"));

export const changePerson = (id: string, body: { role: Role } | { active: boolean }, version: number) =>
  read(client.PATCH("/api/server/people/{id}", { ...withVersion(id, version), body }));
export const handOver = (id: string, to: string) =>
  read(client.POST("/api/server/people/{id}/hand-over", { ...withId(id), body: { to } }));
export const deletePerson = (
  id: string,
  body: { recordings_to: string | null; with_comments: boolean },
  version: number,
) => read(client.POST("/api/server/people/{id}/delete", { ...withVersion(id, version), body }));

export const invite = (body: { email: string | null; role: Role; groups: string[]; days: number }) =>
  read(client.POST("/api/server/invitations", { body }));
export const setRevoked = (id: string, revoked: boolean) =>
  read(client.PATCH("/api/server/invitations/{id}", { ...withId(id), body: { revoked } }));
export const renew = (id: string) => read(client.POST("/api/server/invitations/{id}/renew", withId(id)));

export const makeGroup = (name: string) => read(client.POST("/api/server/groups", { body: { name } }));
export const renameGroup = (id: string, name: string, version: number) =>
  read(client.PATCH("/api/server/groups/{id}", { ...withVersion(id, version), body: { name } }));
export const deleteGroup = (id: string) => read(client.DELETE("/api/server/groups/{id}", withId(id)));
const withMember = (id: string, user: string) => ({ params: { path: { id, user } } });
export const joinGroup = (id: string, user: string) =>
  read(client.PUT("/api/server/groups/{id}/members/{user}", withMember(id, user)));
export const leaveGroup = (id: string, user: string) =>
  read(client.DELETE("/api/server/groups/{id}/members/{user}", withMember(id, user)));

export const lookAtInvitation = (secret: string) =>
  read(client.POST("/api/invitation", { body: { secret } }));
export const acceptInvitation = (body: {
  secret: string;
  email: string | null;
  name: string;
  password: string;
}) => read(client.POST("/api/invitation/accept", { body }));
