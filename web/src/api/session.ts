/** Signing in, and what is let in beside a browser. */
import { client, read, withId } from "./client";
import type { Audience, NewToken, PasskeyAnswer } from "./types";

export const setUp = (body: { email: string; name: string; password: string; audience: Audience }) =>
  read(client.POST("/api/setup", { body }));
export const signIn = (body: { email: string; password: string; code?: string }) =>
  read(client.POST("/api/session", { body }));
/** Asks for a passkey: any of this server, or one of whose address and password these are. */
export const beginPasskeySignIn = (body: { email: string; password: string } | Record<string, never>) =>
  read(client.POST("/api/session/passkey", { body }));
export const signInByPasskey = (body: PasskeyAnswer) =>
  read(client.POST("/api/session/passkey/confirm", { body }));
export async function signOut() {
  try {
    const { endListening } = await import("../settings/listening");
    await endListening();
  } catch {
    // Nobody stays signed in for that.
  }
  return read(client.DELETE("/api/session"));
}

export const listTokens = () => read(client.GET("/api/tokens")).then(({ tokens }) => tokens);
export const createToken = (body: NewToken) => read(client.POST("/api/tokens", { body }));
export const deleteToken = (id: string) => read(client.DELETE("/api/tokens/{id}", withId(id)));

export const getDevice = (user_code: string) =>
  read(client.GET("/api/device/{user_code}", { params: { path: { user_code } } }));
export const answerDevice = (user_code: string, answer: "approve" | "deny") =>
  read(client.POST(`/api/device/{user_code}/${answer}`, { params: { path: { user_code } } }));
