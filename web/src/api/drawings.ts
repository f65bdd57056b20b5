/** Drawings of comments; loaded when one is shown. */
import { client, read } from "./client";
import type { Drawing } from "./types";

export const getDrawing = (slug: string, comment: string): Promise<Drawing> =>
  read(client.GET("/api/watch/{slug}/comments/{comment}/drawing", { params: { path: { slug, comment } } }));
