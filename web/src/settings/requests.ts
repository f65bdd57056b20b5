/** What settings ask the server about sharing and views. */
import { client, read } from "../api/client";
import type { Audience } from "../api/types";

export const getSharingDefaults = () => read(client.GET("/api/me/sharing"));
export const setOwnDefault = (own: Audience | null) => read(client.PUT("/api/me/sharing", { body: { own } }));
export const setServerDefault = (server: Audience) =>
  read(client.PUT("/api/server/sharing", { body: { server } }));

export const getViewSwitches = () => read(client.GET("/api/me/views"));
export const setOwnViews = (own: boolean) => read(client.PUT("/api/me/views", { body: { own } }));
export const setServerViews = (server: boolean) =>
  read(client.PUT("/api/server/views", { body: { server } }));

export const getTeamWords = () => read(client.GET("/api/server/team-words"));
export const setTeamWords = (words: string) =>
  read(client.PUT("/api/server/team-words", { body: { words } }));
