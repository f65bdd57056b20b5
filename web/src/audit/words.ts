/** What the audit log says, for people. Pure. */

/** By the server's word. What a newer server knows beside these is shown by its own word. */
export const ACTIONS: Readonly<Record<string, string>> = {
  sharing_changed: "changed who can watch",
  person_added: "shared with somebody",
  person_removed: "stopped sharing with somebody",
  link_replaced: "replaced the link",
  access_asked: "asked for access",
  access_refused: "refused access",
  default_changed: "changed who new recordings are for",
  look_changed: "changed the name or the colour of the server",
  views_switched: "turned views on or off",
  retention_changed: "changed how long recordings stay",
  recording_pinned: "kept a recording for good",
  recording_unpinned: "stopped keeping a recording for good",
  retention_announced: "announced that a recording goes to the trash",
  retention_trashed: "moved a recording to the trash by a rule",
  destination_added: "added an integration of the server",
  destination_changed: "changed an integration of the server",
  destination_deleted: "deleted an integration of the server",
  destination_restored: "restored an integration of the server",
  destination_secret: "replaced the secret of an integration of the server",
  passkey_added: "added a passkey",
  passkey_renamed: "renamed a passkey",
  passkey_removed: "removed a passkey",
  passkey_refused: "was refused: their passkey may be a copy",
  profile_changed: "changed their profile",
  mail_changed: "changed their mail address",
  password_changed: "changed their password",
  password_reset: "reset a password",
  sessions_ended: "ended sessions",
  person_invited: "invited somebody",
  invitation_revoked: "took an invitation back",
  invitation_restored: "restored an invitation",
  invitation_renewed: "renewed an invitation",
  invitation_accepted: "accepted an invitation",
  role_changed: "changed a role",
  person_deactivated: "deactivated somebody",
  person_reactivated: "reactivated somebody",
  recordings_handed_over: "handed recordings over",
  recording_given: "handed a recording over",
  folder_shared: "changed who can see a folder",
  person_deleted: "deleted somebody",
  group_made: "made a group",
  group_renamed: "renamed a group",
  group_deleted: "deleted a group",
  group_joined: "added somebody to a group",
  group_left: "took somebody out of a group",
  mailbox_proved: "proved a mailbox",
  two_factor_on: "turned a second factor on",
  two_factor_off: "turned a second factor off",
  provider_linked: "was signed in by the provider for the first time",
  provider_joined: "came by the provider",
  provider_role: "has a role from the provider",
};

export const actionText = (action: string): string => ACTIONS[action] ?? action.replaceAll("_", " ");

type Detail = Readonly<Record<string, unknown>>;

const isDetail = (value: unknown): value is Detail =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What is another one after than before, such as `audience: link → members`; otherwise all that is told. */
export function detailText(detail: unknown): string {
  if (!isDetail(detail)) return "";
  const { before, after } = detail;
  if (isDetail(before) && isDetail(after)) {
    const changed = Object.keys(after).filter((key) => text(after[key]) !== text(before[key]));
    return changed.map((key) => `${key}: ${text(before[key])} → ${text(after[key])}`).join(", ");
  }
  if (before !== undefined && after !== undefined) return `${text(before)} → ${text(after)}`;
  return Object.entries(detail)
    .map(([key, value]) => `${key}: ${text(value)}`)
    .join(", ");
}
