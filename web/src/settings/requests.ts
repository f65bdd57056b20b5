/** What settings ask the server about sharing and views. */
import { client, read } from "../api/client";
import { readForm, sendForm } from "../api/forms";
import type { Audience } from "../api/types";

const SHARING = "/api/me/sharing";
export const getSharingDefaults = () => readForm(SHARING, client.GET(SHARING));
export const setOwnDefault = (own: Audience | null) =>
  sendForm(SHARING, (from) => client.PUT(SHARING, { body: { own }, ...from }), getSharingDefaults);
export const setServerDefault = (server: Audience) =>
  sendForm(
    SHARING,
    (from) => client.PUT("/api/server/sharing", { body: { server }, ...from }),
    getSharingDefaults,
  );

const VIEWS = "/api/me/views";
export const getViewSwitches = () => readForm(VIEWS, client.GET(VIEWS));
export const setOwnViews = (own: boolean) =>
  sendForm(VIEWS, (from) => client.PUT(VIEWS, { body: { own }, ...from }), getViewSwitches);
export const setServerViews = (server: boolean) =>
  sendForm(VIEWS, (from) => client.PUT("/api/server/views", { body: { server }, ...from }), getViewSwitches);

const WORDS = "/api/server/team-words";
export const getTeamWords = () => readForm(WORDS, client.GET(WORDS));
export const setTeamWords = (words: string) =>
  sendForm(WORDS, (from) => client.PUT(WORDS, { body: { words }, ...from }), getTeamWords);

export const getServerLook = () => read(client.GET("/api/server/look"));
export const setServerLook = (body: { name: string | null; accent: string | null }) =>
  read(client.PUT("/api/server/look", { body }));
