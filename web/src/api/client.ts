/** One function a request. Answers are data, everything else is a thrown `Problem`. */
import { Problem } from "./problem";
import type {
  Audience,
  Comment,
  DeviceRequest,
  Me,
  NewComment,
  RecordingCard,
  Token,
  Transcript,
  User,
  Watch,
} from "./types";

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(path, init).catch(() => {
    throw Problem.unreachable();
  });
  if (!answer.ok) throw await Problem.of(answer);
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

const e = encodeURIComponent;

export const getMe = () => call<Me>("GET", "/api/me");
export const setUp = (body: { email: string; name: string; password: string }) =>
  call<User>("POST", "/api/setup", body);
export const signIn = (body: { email: string; password: string }) => call<User>("POST", "/api/session", body);
export const signOut = () => call<void>("DELETE", "/api/session");

export const listTokens = () => call<{ tokens: Token[] }>("GET", "/api/tokens").then(({ tokens }) => tokens);
export const createToken = (name: string) =>
  call<{ id: string; name: string; token: string }>("POST", "/api/tokens", { name });
export const deleteToken = (id: string) => call<void>("DELETE", `/api/tokens/${e(id)}`);

export const getDevice = (code: string) => call<DeviceRequest>("GET", `/api/device/${e(code)}`);
export const answerDevice = (code: string, answer: "approve" | "deny") =>
  call<void>("POST", `/api/device/${e(code)}/${answer}`);

export const listRecordings = (before: string | null) =>
  call<{ items: RecordingCard[]; next: string | null }>(
    "GET",
    `/api/recordings?limit=24${before ? `&before=${e(before)}` : ""}`,
  );
export const changeRecording = (id: string, change: { title?: string; audience?: Audience }) =>
  call<RecordingCard>("PATCH", `/api/recordings/${e(id)}`, change);
export const trashRecording = (id: string) => call<void>("DELETE", `/api/recordings/${e(id)}`);
export const restoreRecording = (id: string) => call<void>("POST", `/api/recordings/${e(id)}/restore`);

export const getWatch = (slug: string) => call<Watch>("GET", `/api/watch/${e(slug)}`);
export const getTranscript = (slug: string) => call<Transcript>("GET", `/api/watch/${e(slug)}/transcript`);
export const getComments = (slug: string) =>
  call<{ comments: Comment[] }>("GET", `/api/watch/${e(slug)}/comments`).then(({ comments }) => comments);
export const addComment = (slug: string, body: NewComment) =>
  call<Comment>("POST", `/api/watch/${e(slug)}/comments`, body);
export const changeComment = (id: string, change: { body?: string; resolved?: boolean }) =>
  call<Comment>("PATCH", `/api/comments/${e(id)}`, change);
export const deleteComment = (id: string) => call<void>("DELETE", `/api/comments/${e(id)}`);
export const restoreComment = (id: string) => call<Comment>("POST", `/api/comments/${e(id)}/restore`);

export const captionsUrl = (slug: string, version: number) =>
  `/api/watch/${e(slug)}/captions.vtt?words=${version}`;
export const eventsUrl = (slug: string, after: number) => `/api/watch/${e(slug)}/events?after=${after}`;
