// A browser is told although no page is open: turned on in the settings, shown by the service worker, opened at the second. The push
// services of the makers of browsers cannot be reached from a test: what the browser would get from one is given by the test, and what
// the worker gets is handed to it by Chromium's debugger.
import type { CDPSession, Page } from "@playwright/test";
import { LOOKS, nothingFound } from "../support/axe";
import { expect } from "../support/test";
import { test } from "../support/pages";
import { saved } from "../support/settings";

/** An address and keys as a push service gives them; the key is the example of RFC 8291. */
const GIVEN = {
  endpoint: "https://push.example.net/p/secret",
  keys: {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  },
};

/** In the place of the maker's service. */
const withService = (page: Page) =>
  page.addInitScript((given) => {
    const bytes = (text: string) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0)).buffer;
    const kept = () => localStorage.getItem("test.push");
    const subscription = (key: string) => ({
      ...given,
      options: { userVisibleOnly: true, applicationServerKey: bytes(key) },
      toJSON: () => given,
      unsubscribe: async () => {
        localStorage.removeItem("test.push");
        return true;
      },
    });
    PushManager.prototype.subscribe = async (options) => {
      localStorage.setItem("test.push", String(options?.applicationServerKey));
      return subscription(String(options?.applicationServerKey)) as unknown as PushSubscription;
    };
    PushManager.prototype.getSubscription = async () => {
      const key = kept();
      return key === null ? null : (subscription(key) as unknown as PushSubscription);
    };
  }, GIVEN);

/** Hands messages to the service worker as a push service would. */
async function hands(page: Page): Promise<(data: unknown) => Promise<void>> {
  const debug: CDPSession = await page.context().newCDPSession(page);
  let registrationId = "";
  debug.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    registrationId = registrations.find((it) => !it.isDeleted)?.registrationId ?? registrationId;
  });
  await debug.send("ServiceWorker.enable");
  await expect.poll(() => registrationId).not.toBe("");
  const origin = new URL(page.url()).origin;
  return async (data) => {
    await debug.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: JSON.stringify(data) });
  };
}

const shown = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }));
  });

test("a browser is told while no page of the recording is open, and opens it at the second", async ({ visit, serverWithoutModel: server, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(4);
  const page = await visit(server, sam);
  const context = page.context();
  await context.grantPermissions(["notifications"], { origin: server.url });
  await withService(page);
  await page.goto("/settings");
  const section = page.getByTestId("push-section");
  await expect(page.getByTestId("push-pace-mention")).toHaveCount(0);
  await section.getByTestId("push-on").press("Enter");
  await expect(section.getByTestId("push-browser")).toHaveText(/this browser.*push\.example\.net/s);
  await expect(section.getByTestId("push-on")).toHaveCount(0);
  // From now on each kind has a pace of its own here.
  await saved(page, () => page.getByTestId("push-pace-mention").selectOption("daily"));
  await expect(page.getByTestId("pace-mention")).toHaveValue("at_once");
  await page.reload();
  await expect(page.getByTestId("push-pace-mention")).toHaveValue("daily");
  await nothingFound(page, "told in browsers");
  for (const [look, options] of LOOKS) {
    if (!process.env.ASIDE_SHOTS) break;
    const { viewport, colorScheme } = options;
    await page.emulateMedia({ colorScheme: colorScheme ?? null });
    if (viewport) await page.setViewportSize(viewport);
    await section.scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${process.env.ASIDE_SHOTS}/push-${look}.png`, fullPage: true });
  }

  // The page is one of the worker's from its next load on.
  await page.goto(`/w/${recording.slug}`);
  const hand = await hands(page);
  const url = `/w/${recording.slug}?t=3&c=1`;
  await hand({ title: "ana commented", body: "Demo at 0:03\nlook", url, tag: "one" });
  await expect.poll(() => shown(page)).toEqual([{ title: "ana commented", body: "Demo at 0:03\nlook", tag: "one", url }]);
  // The same message again takes the place of the first; what cannot be read is shown all the same.
  await hand({ title: "ana commented", body: "Demo at 0:03\nlook", url, tag: "one" });
  await hand("no message");
  await expect.poll(async () => (await shown(page)).map(({ title }) => title).sort()).toEqual(["Something new for you", "ana commented"]);

  // Read elsewhere: it is taken back, and nothing is shown for that.
  await hand({ title: "", body: "", url: "/inbox", tag: "closing", close: ["one", "another"] });
  await expect.poll(async () => (await shown(page)).map(({ title }) => title)).toEqual(["Something new for you"]);
  await hand({ title: "ana commented", body: "Demo at 0:03\nlook", url, tag: "one" });
  await expect.poll(async () => (await shown(page)).length).toBe(2);

  // A click, as the browser would tell of it; one that a test makes must not ask for more time.
  const woken = async () => {
    const [started] = await Promise.all([
      context.waitForEvent("serviceworker"),
      hand({ title: "ana commented", body: "Demo at 0:03\nlook", url, tag: "one" }),
    ]);
    return started;
  };
  const worker = context.serviceWorkers()[0] ?? (await woken());
  const navigated = page.waitForURL(`**${url}`);
  await worker.evaluate(async () => {
    const here = self as unknown as { registration: ServiceWorkerRegistration; dispatchEvent: (event: Event) => boolean };
    const notification = (await here.registration.getNotifications()).find(({ tag }) => tag === "one");
    const event = Object.assign(new Event("notificationclick"), { notification, waitUntil: () => {} });
    here.dispatchEvent(event);
  });
  await navigated;
  await expect.poll(async () => (await shown(page)).length).toBe(1);

  // Turned off: the server forgets it, and so does the browser.
  await page.goto("/settings");
  // Nothing is unread: what is still shown is taken back by the page.
  await expect.poll(async () => (await shown(page)).length).toBe(0);
  await section.getByRole("button", { name: /Turn off/ }).click();
  await expect(section.getByTestId("push-browser")).toHaveCount(0);
  await expect(section.getByTestId("push-on")).toBeVisible();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("test.push"))).toBeNull();

  // Who signs out is told nothing more there, whoever uses this browser next.
  await section.getByTestId("push-on").press("Enter");
  await expect(section.getByTestId("push-browser")).toHaveText(/this browser/);
  await page.getByTestId("sign-out").click();
  await page.waitForURL("**/sign-in");
  await expect.poll(() => page.evaluate(() => localStorage.getItem("test.push"))).toBeNull();
});
