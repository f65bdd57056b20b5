// Shows what the server tells this browser while no page of it is open, and opens it (docs/decisions/0074). It answers no request.
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** A page of this server and of nobody else. */
function page(url) {
  try {
    const at = new URL(url, worker.location.origin);
    if (at.origin === worker.location.origin) return at;
  } catch {
    // No address.
  }
  return new URL("/inbox", worker.location.origin);
}

// Pages that were open before it came are its own as well: those it can lead elsewhere.
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    // Something is shown all the same: browsers ask for it.
  }
  const { title = "Something new for you", body = "", url = "/inbox", tag, close = [] } = told;
  const look = { body, icon: "/favicon.svg", dir: "auto", data: { url } };
  const show = async () => {
    // One that only takes others back has no title.
    if (title || !close.length)
      await worker.registration.showNotification(title, tag ? { ...look, tag } : look);
    for (const it of await worker.registration.getNotifications()) if (close.includes(it.tag)) it.close();
  };
  event.waitUntil(show());
});

async function open(url) {
  const to = page(url);
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = windows.find((it) => it.url === to.href);
  if (same) return same.focus().catch(() => same);
  // Only its own pages can it lead elsewhere. A click counts once: who is focused first cannot open a window any more.
  const own = await worker.clients.matchAll({ type: "window" });
  const there = own.find((it) => new URL(it.url).pathname === to.pathname);
  if (!there) return worker.clients.openWindow(to.href);
  // A browser may refuse either; then the page stands where it stood.
  const shown = await there.focus().catch(() => there);
  return shown.navigate(to.href).catch(() => shown);
}

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

// The push service gives this browser another address now and then.
worker.addEventListener("pushsubscriptionchange", (event) => {
  const renewed = async () => {
    const old = event.oldSubscription;
    // Whose it was is known by the old address alone. Without it the settings tell the server, when they are opened.
    if (!old) return;
    const news = event.newSubscription ?? (await worker.registration.pushManager.subscribe(old.options));
    const body = JSON.stringify({ ...news.toJSON(), renews: old.endpoint });
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/me/push", { method: "PUT", headers, body });
    // Nobody is signed in here by now, or somebody who is not told in this browser.
    if (answer.status === 401 || answer.status === 404) await news.unsubscribe();
  };
  event.waitUntil(renewed());
});
