/** Requests of what is loaded only when it is used: reactions, assignments, history, sharing with whom a comment mentions. */
import { client, read } from "../api/client";
import type { Comment } from "../api/types";
import type { CommentSession } from "./session";

const of = (session: CommentSession, comment: Comment) => ({
  params: { path: { slug: session.slug, comment: comment.id } },
});

/** The name that a guest gave, as a request says it; nothing where the server knows who asks. */
export function guestName(session: CommentSession): { guest_name?: string } {
  const { me } = session;
  if (me === null || me.user !== null || me.guest !== null) return {};
  const name = (localStorage.getItem("aside.guest_name") ?? "").trim();
  return name === "" ? {} : { guest_name: name };
}

/** Whether the server will ask who this is. */
export const isNameless = (session: CommentSession): boolean =>
  session.me !== null &&
  session.me.user === null &&
  session.me.guest === null &&
  guestName(session).guest_name === undefined;

export const react = (session: CommentSession, comment: Comment, emoji: string, on: boolean) =>
  read(
    client.POST("/api/watch/{slug}/comments/{comment}/reactions", {
      ...of(session, comment),
      body: { emoji, on, ...guestName(session) },
    }),
  );

export const assign = (session: CommentSession, comment: Comment, user_id: string, due_on: string | null) =>
  read(
    client.PUT("/api/watch/{slug}/comments/{comment}/assignment", {
      ...of(session, comment),
      body: { user_id, due_on },
    }),
  );

export const unassign = (session: CommentSession, comment: Comment) =>
  read(client.DELETE("/api/watch/{slug}/comments/{comment}/assignment", of(session, comment)));

export const historyOf = (session: CommentSession, comment: Comment) =>
  read(client.GET("/api/watch/{slug}/comments/{comment}/history", of(session, comment)));

/** Takes a file out of a comment for good. */
export const removeFile = (comment: Comment, attachment: string) =>
  read(
    client.DELETE("/api/comments/{id}/attachments/{attachment}", {
      params: { path: { id: comment.id, attachment } },
    }),
  );

/** Shares the recording with somebody, or a group, by name; only its owner may. */
export const shareWith = (recording: string, kind: "user" | "group", id: string) =>
  read(
    client.POST("/api/recordings/{id}/people", {
      params: { path: { id: recording } },
      body: kind === "user" ? { user_id: id } : { group_id: id },
    }),
  );

/** Takes that back. */
export async function unshareWith(recording: string, kind: "user" | "group", id: string): Promise<void> {
  const path = { id: recording };
  const { people } = await read(client.GET("/api/recordings/{id}/sharing", { params: { path } }));
  const grant = people.find((it) => (kind === "user" ? it.user_id : it.group?.id) === id);
  if (grant) {
    await read(
      client.DELETE("/api/recordings/{id}/people/{grant}", {
        params: { path: { ...path, grant: grant.id } },
      }),
    );
  }
}
