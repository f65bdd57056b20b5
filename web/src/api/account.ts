/** One's own account. */
import { client, read, withId } from "./client";
import { readForm, sendForm } from "./forms";
import type { PasskeyRegistration, ShownProof } from "./types";

const PROFILE = "/api/me/profile";
export const getProfile = () => readForm(PROFILE, client.GET(PROFILE));
export const changeProfile = (body: { name?: string; time_zone?: string | null; language?: string | null }) =>
  sendForm(PROFILE, (from) => client.PATCH(PROFILE, { body, ...from }), getProfile);

export const setPicture = (picture: Blob) =>
  read(
    client.PUT("/api/me/picture", {
      // The description says a list of bytes; what is sent is the picture itself.
      body: [] as number[],
      bodySerializer: () => picture,
      headers: { "content-type": "application/octet-stream" },
    }),
  );
export const removePicture = () => read(client.DELETE("/api/me/picture"));

export const changeMail = (body: { email: string; password: string }) =>
  read(client.POST("/api/me/mail", { body }));
export const verifyMail = (token: string) => read(client.POST("/api/mail-verification", { body: { token } }));

export const changePassword = (body: { old: string; new: string }) =>
  read(client.PUT("/api/me/password", { body }));
export const forgotPassword = (email: string) =>
  read(client.POST("/api/password-reset", { body: { email } }));
export const resetPassword = (body: { token: string; password: string }) =>
  read(client.POST("/api/password-reset/confirm", { body }));

export const listSessions = () => read(client.GET("/api/me/sessions")).then(({ sessions }) => sessions);
export const endSession = (id: string) => read(client.DELETE("/api/me/sessions/{id}", withId(id)));
export const endOtherSessions = () => read(client.DELETE("/api/me/sessions"));
export const endAllTokens = () => read(client.DELETE("/api/tokens"));

export const getTwoFactor = () => read(client.GET("/api/me/two-factor"));
export const beginTwoFactor = (body: ShownProof) => read(client.POST("/api/me/two-factor", { body }));
export const confirmTwoFactor = (code: string) =>
  read(client.POST("/api/me/two-factor/confirm", { body: { code } })).then(({ codes }) => codes);
export const newRecoveryCodes = (body: ShownProof) =>
  read(client.POST("/api/me/two-factor/recovery-codes", { body })).then(({ codes }) => codes);
export const turnOffTwoFactor = (body: ShownProof) => read(client.POST("/api/me/two-factor/off", { body }));

/** Asks for a passkey of one's own, as a proof. */
export const askPasskey = () => read(client.POST("/api/me/passkeys/question"));
export const beginPasskey = (body: ShownProof) => read(client.POST("/api/me/passkeys", { body }));
export const confirmPasskey = (body: { name: string; credential: PasskeyRegistration }) =>
  read(client.POST("/api/me/passkeys/confirm", { body })).then(({ codes }) => codes);
export const renamePasskey = (id: string, name: string) =>
  read(client.PATCH("/api/me/passkeys/{id}", { ...withId(id), body: { name } }));
export const removePasskey = (id: string, body: { turns_off: boolean; proof: ShownProof }) =>
  read(client.POST("/api/me/passkeys/{id}/remove", { ...withId(id), body }));

/** Follows the link by which a guest proves a mailbox. */
export const proveMailbox = (token: string) => read(client.POST("/api/mailbox", { body: { token } }));
