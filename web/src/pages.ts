/**
 * Each page is a chunk of its own, fetched when it is the one that is asked for. This table is a chunk as well, which the watch
 * page does not load: it loads itself.
 */
import type { Component } from "svelte";
import { type Route, route } from "./routes";
import type { Bootstrap } from "./watch/bootstrap";

export type Page = Component<{ bootstrap: Bootstrap }> | Component;

const PAGES: Record<Route["page"], () => Promise<{ default: Page }>> = {
  library: () => import("./library/LibraryPage.svelte"),
  trash: () => import("./library/TrashPage.svelte"),
  watch: () => import("./watch/WatchPage.svelte"),
  "sign-in": () => import("./session/SignInPage.svelte"),
  setup: () => import("./session/SetupPage.svelte"),
  device: () => import("./session/DevicePage.svelte"),
  audit: () => import("./audit/AuditPage.svelte"),
  inbox: () => import("./inbox/InboxPage.svelte"),
  "catch-up": () => import("./catchup/CatchUpPage.svelte"),
  unsubscribe: () => import("./inbox/UnsubscribePage.svelte"),
  integrations: () => import("./integrations/IntegrationsPage.svelte"),
  search: () => import("./search/SearchPage.svelte"),
  settings: () => import("./settings/SettingsPage.svelte"),
  reset: () => import("./session/ResetPage.svelte"),
  "mail-link": () => import("./session/MailLinkPage.svelte"),
  "verify-mail": () => import("./session/VerifyMailPage.svelte"),
  people: () => import("./people/PeoplePage.svelte"),
  invitation: () => import("./session/InvitationPage.svelte"),
  "not-found": () => import("./ui/NotFoundPage.svelte"),
};

export async function load(path: string): Promise<Page> {
  return (await PAGES[route(path).page]()).default;
}
