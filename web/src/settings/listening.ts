/** Who leaves a browser is told nothing more in it, whoever uses it next. Small: it is loaded at signing out. */

/** No longer than this does a push service that does not answer keep anybody from signing out. */
const PATIENCE_MS = 3000;

async function unsubscribe(): Promise<void> {
  if (!("serviceWorker" in navigator && "PushManager" in window)) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  const found = await registration?.pushManager.getSubscription();
  await found?.unsubscribe();
}

export async function endListening(): Promise<void> {
  const enough = new Promise<void>((done) => setTimeout(done, PATIENCE_MS));
  await Promise.race([unsubscribe(), enough]);
}
