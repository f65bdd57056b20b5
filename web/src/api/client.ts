/** One function a request. Answers are data, everything else is a thrown `Problem`. */
import createClient from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema";
import type {
  Audience,
  Comment,
  DeviceRequest,
  Me,
  NewComment,
  RecordingCard,
  Token,
  Transcript,
  Watch,
} from "./types";

const client = createClient<paths>();

/** Awaits an answer; `T` says how we read it. */
async function read<T>(asked: Promise<{ data?: unknown; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked.catch(() => {
    throw Problem.unreachable();
  });
  if (!response.ok) throw Problem.of(response.status, error);
  return data as T;
}

const withId = (id: string) => ({ params: { path: { id } } });
const withSlug = (slug: string) => ({ params: { path: { slug } } });

export const getMe = () => read<Me>(client.GET("/api/me"));
export const setUp = (body: { email: string; name: string; password: string }) =>
  read<void>(client.POST("/api/setup", { body }));
export const signIn = (body: { email: string; password: string }) =>
  read<void>(client.POST("/api/session", { body }));
export const signOut = () => read<void>(client.DELETE("/api/session"));

export const listTokens = () =>
  read<{ tokens: Token[] }>(client.GET("/api/tokens")).then(({ tokens }) => tokens);
export const createToken = (name: string) =>
  read<{ id: string; name: string; token: string }>(client.POST("/api/tokens", { body: { name } }));
export const deleteToken = (id: string) => read<void>(client.DELETE("/api/tokens/{id}", withId(id)));

export const getDevice = (user_code: string) =>
  read<DeviceRequest>(client.GET("/api/device/{user_code}", { params: { path: { user_code } } }));
export const answerDevice = (user_code: string, answer: "approve" | "deny") =>
  read<void>(client.POST(`/api/device/{user_code}/${answer}`, { params: { path: { user_code } } }));

export const listRecordings = (before: string | null) =>
  read<{ items: RecordingCard[]; next: string | null }>(
    client.GET("/api/recordings", { params: { query: before === null ? {} : { before } } }),
  );
export const changeRecording = (id: string, body: { title?: string; audience?: Audience }) =>
  read<RecordingCard>(client.PATCH("/api/recordings/{id}", { ...withId(id), body }));
export const trashRecording = (id: string) => read<void>(client.DELETE("/api/recordings/{id}", withId(id)));
export const restoreRecording = (id: string) =>
  read<void>(client.POST("/api/recordings/{id}/restore", withId(id)));

export const getWatch = (slug: string) => read<Watch>(client.GET("/api/watch/{slug}", withSlug(slug)));
export const getTranscript = (slug: string) =>
  read<Transcript>(client.GET("/api/watch/{slug}/transcript", withSlug(slug)));
export const getComments = (slug: string) =>
  read<{ comments: Comment[] }>(client.GET("/api/watch/{slug}/comments", withSlug(slug))).then(
    ({ comments }) => comments,
  );
export const addComment = (slug: string, body: NewComment) =>
  read<Comment>(client.POST("/api/watch/{slug}/comments", { ...withSlug(slug), body }));
export const changeComment = (id: string, body: { body?: string; resolved?: boolean }) =>
  read<Comment>(client.PATCH("/api/comments/{id}", { ...withId(id), body }));
export const deleteComment = (id: string) => read<void>(client.DELETE("/api/comments/{id}", withId(id)));
export const restoreComment = (id: string) =>
  read<Comment>(client.POST("/api/comments/{id}/restore", withId(id)));

const e = encodeURIComponent;

export const captionsUrl = (slug: string, version: number) =>
  `/api/watch/${e(slug)}/captions.vtt?words=${version}`;
export const eventsUrl = (slug: string, after: number) => `/api/watch/${e(slug)}/events?after=${after}`;
