/** One function a request. Answers are data, everything else is a thrown `Problem`. */
import createClient from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema";
import type { Audience, NewComment } from "./types";

export const client = createClient<paths>();

type Answer = { data?: unknown; error?: unknown; response: Response };

/** What the description says of a successful answer. */
type Data<A extends Answer> = A extends { data: infer D } ? D : never;

/** Awaits an answer. */
export async function read<A extends Answer>(asked: Promise<A>): Promise<Data<A>> {
  const answer = await asked.catch(() => {
    throw Problem.unreachable();
  });
  if (!answer.response.ok) throw Problem.of(answer.response.status, answer.error);
  // `A` is one of two shapes, and this is the one of an answer that is ok.
  return answer.data as Data<A>;
}

export const withId = (id: string) => ({ params: { path: { id } } });
/** With a version, only if the thing still has that one. */
export const withVersion = (id: string, version: number | null) => ({
  params: { path: { id }, header: version === null ? {} : { "If-Match": `"${version}"` } },
});
export const withSlug = (slug: string) => ({ params: { path: { slug } } });

export const getMe = () => read(client.GET("/api/me"));
export const setUp = (body: { email: string; name: string; password: string; audience: Audience }) =>
  read(client.POST("/api/setup", { body }));
export const signIn = (body: { email: string; password: string; code?: string }) =>
  read(client.POST("/api/session", { body }));
export const signOut = () => read(client.DELETE("/api/session"));

export const listTokens = () => read(client.GET("/api/tokens")).then(({ tokens }) => tokens);
export const createToken = (name: string) => read(client.POST("/api/tokens", { body: { name } }));
export const deleteToken = (id: string) => read(client.DELETE("/api/tokens/{id}", withId(id)));

export const getDevice = (user_code: string) =>
  read(client.GET("/api/device/{user_code}", { params: { path: { user_code } } }));
export const answerDevice = (user_code: string, answer: "approve" | "deny") =>
  read(client.POST(`/api/device/{user_code}/${answer}`, { params: { path: { user_code } } }));

export const changeRecording = (id: string, body: { title?: string }, version: number | null) =>
  read(client.PATCH("/api/recordings/{id}", { ...withVersion(id, version), body }));
export const trashRecording = (id: string) => read(client.DELETE("/api/recordings/{id}", withId(id)));
export const restoreRecording = (id: string) => read(client.POST("/api/recordings/{id}/restore", withId(id)));

export const retryTranscript = (id: string) =>
  read(client.POST("/api/recordings/{id}/transcript/retry", withId(id)));

/** One's own recording in the trash; a `Problem` 404 for everybody else. */
export const getTrashed = (slug: string) => read(client.GET("/api/trash/{slug}", withSlug(slug)));

export const getWatch = (slug: string) => read(client.GET("/api/watch/{slug}", withSlug(slug)));
export const getTranscript = (slug: string) =>
  read(client.GET("/api/watch/{slug}/transcript", withSlug(slug)));
export const getComments = (slug: string) =>
  read(client.GET("/api/watch/{slug}/comments", withSlug(slug))).then(({ comments }) => comments);
export const addComment = (slug: string, body: NewComment) =>
  read(client.POST("/api/watch/{slug}/comments", { ...withSlug(slug), body }));
export const changeComment = (
  id: string,
  body: { body?: string; resolved?: boolean },
  version: number | null,
) => read(client.PATCH("/api/comments/{id}", { ...withVersion(id, version), body }));
export const deleteComment = (id: string) => read(client.DELETE("/api/comments/{id}", withId(id)));
export const restoreComment = (id: string) => read(client.POST("/api/comments/{id}/restore", withId(id)));

const e = encodeURIComponent;

export const captionsUrl = (slug: string, version: number) =>
  `/api/watch/${e(slug)}/captions.vtt?words=${version}`;
export const eventsUrl = (slug: string, after: string) => `/api/watch/${e(slug)}/events?after=${e(after)}`;
