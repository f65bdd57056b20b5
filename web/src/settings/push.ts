/** Being told in this browser: what it can do, and how it is turned on (Push API). */
import { setPush } from "../inbox/requests";

export type Able = "yes" | "denied" | "insecure" | "home-screen" | "no";

/** Whether this browser can be told. */
export function able(): Able {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    // On these a page can be told once it stands on the Home Screen (iOS 16.4).
    return /iPhone|iPad/.test(navigator.userAgent) ? "home-screen" : "no";
  }
  return Notification.permission === "denied" ? "denied" : "yes";
}

/** As the server writes keys. */
export const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const registered = () => navigator.serviceWorker.register("/push-worker.js");

/** What this browser told a server; none: nothing, or of a server with another key. */
async function current(key: string): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const found = await registration?.pushManager.getSubscription();
  const theirs = found?.options.applicationServerKey;
  if (!found || !theirs || base64url(theirs) === key) return found ?? null;
  await found.unsubscribe();
  return null;
}

/** Whether this browser still listens where the server sends. */
export const listens = async (key: string): Promise<boolean> =>
  able() === "yes" && (await current(key)) !== null;

/** Asks the person, then the push service, then tells the server. Answers false where the person said no. */
export async function turnOn(key: string): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const registration = await registered();
  const found = await current(key);
  const options = { userVisibleOnly: true, applicationServerKey: key };
  await tell(found ?? (await registration.pushManager.subscribe(options)));
  return true;
}

async function tell(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON();
  if (!endpoint || !keys?.p256dh || !keys.auth)
    throw new Error("This browser gave no address to be told at.");
  await setPush({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } });
}

/** Tells the server once more where this browser listens: its push service may have moved it while nothing of this server ran in it. */
export async function tellAgain(key: string): Promise<void> {
  const found = await current(key);
  if (found && Notification.permission === "granted") await tell(found);
}

/** This browser listens no more. */
export async function turnOff(key: string): Promise<void> {
  const found = await current(key);
  await found?.unsubscribe();
}
