/** What the inbox asks the server. */
import { client, read } from "../api/client";
import { readForm, sendForm } from "../api/forms";
import type { components, paths } from "../api/schema";

export type Notice = components["schemas"]["Notice"];
export type NoticeKind = Notice["kind"];
export type Part = NonNullable<NonNullable<paths["/api/me/notices"]["get"]["parameters"]["query"]>["part"]>;
export type NoticeSettings = components["schemas"]["NoticeSettings"];
export type Pace = NonNullable<NoticeSettings["kinds"]>[string];
/** What can be followed or muted. */
export type Of = paths["/api/me/subscriptions/{of}/{target}"]["get"]["parameters"]["path"]["of"];
export type Later = "tomorrow" | "monday";

/** The zone of this browser, for who has not said any. */
export const browserZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

export const listNotices = (part: Part, before: string | null) =>
  read(client.GET("/api/me/notices", { params: { query: before === null ? { part } : { part, before } } }));

export interface Wish {
  read?: boolean;
  done?: boolean;
  later?: Later;
  now?: boolean;
}
/** Answers until when they are put off. */
export const changeNotices = (ids: string[], wish: Wish) =>
  read(client.POST("/api/me/notices/change", { body: { ids, time_zone: browserZone(), ...wish } })).then(
    (answer) => answer.later_until,
  );
export const readAll = () => read(client.POST("/api/me/notices/read", { body: {} }));

const SETTINGS = "/api/me/notice-settings";
export const getNoticeSettings = () => readForm(SETTINGS, client.GET(SETTINGS));
export const setNoticeSettings = (body: NoticeSettings) =>
  sendForm(SETTINGS, (from) => client.PUT(SETTINGS, { body, ...from }), getNoticeSettings);

export type PushBrowser = components["schemas"]["PushBrowser"];
export const getPush = () => read(client.GET("/api/me/push"));
export const setPush = (body: components["schemas"]["PushWanted"]) =>
  read(client.PUT("/api/me/push", { body }));
export const endPush = (id: string) => read(client.DELETE("/api/me/push/{id}", { params: { path: { id } } }));

export const getSubscription = (of: Of, target: string) =>
  read(client.GET("/api/me/subscriptions/{of}/{target}", { params: { path: { of, target } } })).then(
    ({ follows }) => follows,
  );
export const setSubscription = (of: Of, target: string, follows: boolean | null) =>
  read(
    client.PUT("/api/me/subscriptions/{of}/{target}", {
      params: { path: { of, target } },
      body: { follows },
    }),
  );

export const getUnsubscribe = (token: string) =>
  read(client.GET("/api/unsubscribe/{token}", { params: { path: { token } } })).then(({ kind }) => kind);
export const turnMails = (token: string, off: boolean) =>
  read(client.POST("/api/unsubscribe/{token}", { params: { path: { token } }, body: { off } }));
