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

worker.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    // Something is shown all the same: browsers ask for it.
  }
  const { title = "Something new for you", body = "", url = "/inbox", tag } = told;
  const look = { body, icon: "/favicon.svg", dir: "auto", data: { url } };
  event.waitUntil(worker.registration.showNotification(title, tag ? { ...look, tag } : look));
});

async function open(url) {
  const to = page(url);
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((it) => new URL(it.url).pathname === to.pathname);
  if (!there) return worker.clients.openWindow(to.href);
  // A browser may refuse either; then the page stands where it stood.
  const shown = await there.focus().catch(() => there);
  return shown.url === to.href
    ? shown
    : shown.navigate(to.href).catch(() => worker.clients.openWindow(to.href));
}

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

// The push service gives this browser another address now and then.
worker.addEventListener("pushsubscriptionchange", (event) => {
  const renewed = async () => {
    const options = event.oldSubscription?.options;
    const news =
      event.newSubscription ?? (options && (await worker.registration.pushManager.subscribe(options)));
    if (!news) return;
    const body = JSON.stringify(news);
    await fetch("/api/me/push", { method: "PUT", headers: { "content-type": "application/json" }, body });
  };
  event.waitUntil(renewed());
});
