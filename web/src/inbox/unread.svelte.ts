/**
 * How much of the inbox is unread, for the pages of the frame. A page that is shown holds one event stream, of the few that a browser
 * opens to a server; one that is hidden holds none and asks again when it is shown.
 */

let unread = $state(0);
let more = $state(false);
let source: EventSource | null = null;
let started = false;

export const inbox = {
  get unread(): number {
    return unread;
  },
  /** For a badge and the title; empty: nothing. */
  get label(): string {
    return unread === 0 ? "" : more ? `${unread}+` : String(unread);
  },
};

/** All is read, here or elsewhere: what this browser shows of it is no news any more. */
async function takeBack(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration("/");
  for (const it of (await registration?.getNotifications()) ?? []) it.close();
}

function update(): void {
  if (document.visibilityState === "hidden") {
    source?.close();
    source = null;
    return;
  }
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource("/api/me/notices/events");
  source.addEventListener("inbox", (event) => {
    ({ unread, more } = JSON.parse((event as MessageEvent<string>).data) as {
      unread: number;
      more: boolean;
    });
    // A browser that cannot show any has none.
    if (unread === 0) takeBack().catch(() => {});
  });
}

/** Somebody is signed in. */
export function watchInbox(): void {
  if (started) return;
  started = true;
  document.addEventListener("visibilitychange", update);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) update();
  });
  update();
}
