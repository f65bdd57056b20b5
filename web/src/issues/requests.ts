/** Issues of trackers, as the server has them. */
import { client, read } from "../api/client";
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Issues = Schemas["Issues"];
export type Issue = Schemas["Issue"];
export type Tracker = Schemas["Tracker"];

/** What a comment, or with none a moment of the recording, can become; `at` in milliseconds. */
export const getIssues = (slug: string, comment: string | null, at: number) =>
  read(
    client.GET("/api/watch/{slug}/issues", {
      params: {
        path: { slug },
        query: { at_ms: Math.max(0, Math.floor(at)), ...(comment ? { comment } : {}) },
      },
    }),
  );

export const makeIssue = (
  slug: string,
  tracker: string,
  comment: string | null,
  at: number,
  again: boolean,
) =>
  read(
    client.POST("/api/watch/{slug}/issues", {
      params: { path: { slug } },
      body: { tracker, comment, at_ms: Math.max(0, Math.floor(at)), again },
    }),
  );
