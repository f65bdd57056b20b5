/** Passkeys in a browser (W3C Web Authentication Level 3). In JSON bytes are base64url. */
import type {
  PasskeyAnswer,
  PasskeyCreation,
  PasskeyDescriptor,
  PasskeyRegistration,
  PasskeyRequest,
} from "../api/types";

/** Whether this browser makes and shows passkeys at this address: they need https, or localhost, and a name (an address by number has none). */
export const hasPasskeys = () =>
  isSecureContext && typeof PublicKeyCredential === "function" && !/^[\d.]+$|^\[/.test(location.hostname);

const bytes = (text: string) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0));

function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (it) => String.fromCharCode(it)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const known = (all: readonly PasskeyDescriptor[]) =>
  all.map(({ id, transports }) => ({
    type: "public-key" as const,
    id: bytes(id),
    transports: transports as AuthenticatorTransport[],
  }));

/** Has the browser make a passkey. */
export async function makePasskey(options: PasskeyCreation): Promise<PasskeyRegistration> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    rp: options.rp,
    user: { ...options.user, id: bytes(options.user.id) },
    challenge: bytes(options.challenge),
    pubKeyCredParams: options.pubKeyCredParams.map(({ alg }) => ({ type: "public-key", alg })),
    timeout: options.timeout,
    excludeCredentials: known(options.excludeCredentials),
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    attestation: "none",
  };
  const made = await told(navigator.credentials.create({ publicKey }));
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports(),
    },
  };
}

/** Has the browser show a passkey. */
export async function showPasskey(options: PasskeyRequest): Promise<PasskeyAnswer> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: bytes(options.challenge),
    timeout: options.timeout,
    rpId: options.rpId,
    allowCredentials: known(options.allowCredentials),
    userVerification: "required",
  };
  const shown = await told(navigator.credentials.get({ publicKey }));
  const response = shown.response as AuthenticatorAssertionResponse;
  return {
    id: shown.id,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

/** What the browser answers, or why not, in words (§5.1.3 and §5.1.4 say by which names). */
async function told(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
  let why = "";
  try {
    const answer = await asked;
    if (answer) return answer as PublicKeyCredential;
  } catch (error) {
    why = error instanceof DOMException ? error.name : "";
  }
  if (why === "InvalidStateError") throw new Error("This device has a passkey of yours already.");
  if (why === "SecurityError")
    throw new Error(
      "The browser makes no passkeys for this address. Open this server by its name, with https.",
    );
  if (why === "NotSupportedError" || why === "ConstraintError")
    throw new Error(
      "This device cannot make sure that it is you. Use one with a PIN, a fingerprint or a face.",
    );
  throw new Error("No passkey was chosen, or it took too long. Nothing has changed. Try again.");
}
