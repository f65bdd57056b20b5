/** What kinds of destinations, events and states are called. Pure. */
import { amount } from "../ui/amounts";
import type { Delivery, DeliveryState, Destination, Kind, OutboundEvent, Places } from "./requests";

export const KINDS: Record<Kind, string> = {
  webhook: "Webhook",
  slack: "Slack",
  teams: "Microsoft Teams",
  discord: "Discord",
  mattermost: "Mattermost",
  matrix: "Matrix",
  github: "GitHub issues",
  gitlab: "GitLab issues",
  jira: "Jira",
  linear: "Linear",
  slack_app: "Slack link previews",
};
export const KIND_ORDER = Object.keys(KINDS) as Kind[];

export type TrackerKind = "github" | "gitlab" | "jira" | "linear";

/** What is asked of a tracker: how its project is named, its token, and where its API is when nobody says otherwise. */
export const TRACKERS: Record<TrackerKind, { project: string; example: string; token: string; url: string }> =
  {
    github: {
      project: "Repository",
      example: "OWNER/REPO",
      token: "A fine-grained token of this repository with “Issues: Read and write”.",
      url: "https://api.github.com",
    },
    gitlab: {
      project: "Project",
      example: "GROUP/PROJECT",
      token: "An access token with the scope “api”, of the project or of somebody who may report there.",
      url: "https://gitlab.com",
    },
    jira: {
      project: "Project",
      example: "ABC, or ABC/Bug",
      token:
        "Jira Cloud: an API token, with your mail address above. Jira Server: a personal access token, without one.",
      url: "",
    },
    linear: {
      project: "Team",
      example: "ENG",
      token: "A personal API key with “Write”.",
      url: "https://api.linear.app/graphql",
    },
  };
export const isTracker = (kind: Kind): kind is TrackerKind => kind in TRACKERS;

/** Where its address is found. */
export const WHERE: Record<Kind, string> = {
  webhook:
    "An address of yours that takes POST requests. They are signed: the secret is shown when it is added.",
  slack: "In Slack: your app, “Incoming Webhooks”, “Add New Webhook to Workspace”.",
  teams: "In Teams: a channel's ⋯, “Workflows”, “Send webhook alerts to a channel”.",
  discord: "In Discord: a channel's settings, “Integrations”, “Webhooks”, “Copy Webhook URL”.",
  mattermost: "In Mattermost: “Integrations”, “Incoming Webhooks”, “Add Incoming Webhook”.",
  matrix:
    "The homeserver's address, such as https://matrix.example.org. The account that writes must be in the room.",
  github: "Empty: github.com. Of GitHub Enterprise Server: https://HOST/api/v3.",
  gitlab: "Empty: gitlab.com. Else the address of your GitLab.",
  jira: "Such as https://example.atlassian.net, or the address of your Jira.",
  linear: "Empty: linear.app.",
  slack_app: "Empty: slack.com.",
};

export const EVENTS: Record<Exclude<OutboundEvent, "test" | "issue.wanted" | "link.shared">, string> = {
  "recording.finished": "A recording has ended",
  "recording.transcribed": "Its transcript is ready",
  "comment.created": "Comments and answers",
  "comment.edited": "A comment is changed",
  "comment.assigned": "A thread is given to somebody",
  "comment.resolved": "A thread is resolved",
  "comment.reopened": "A thread is opened again",
  "access.requested": "Somebody asks to see a recording of mine",
};
export const EVENT_ORDER = Object.keys(EVENTS) as (keyof typeof EVENTS)[];
export const eventName = (event: OutboundEvent): string =>
  event === "test"
    ? "Test"
    : event === "issue.wanted"
      ? "Issue asked for"
      : event === "link.shared"
        ? "Preview of a link"
        : EVENTS[event];

export const PLACES: Record<Places, string> = {
  all: "Everything I may see",
  mine: "My own recordings",
  inbox: "What comes into my inbox",
  chosen: "Folders of mine",
};

/** The same behind "of". */
const OF: Record<Exclude<Places, "chosen">, string> = {
  all: "everything I may see",
  mine: "my own recordings",
  inbox: "what comes into my inbox",
};

export const STATES: Record<DeliveryState, string> = {
  delivered: "Delivered",
  waiting: "Waiting",
  failed: "Failed",
  dropped: "Not sent",
};

/** How a destination is, in one line. */
export function standing({ paused_at, paused_why, failures, waiting }: Destination): string {
  const held = waiting > 0 ? `, ${waiting} waiting` : "";
  if (paused_at !== null) return paused_why ? `Paused, because ${paused_why}${held}` : `Paused${held}`;
  if (failures > 0) return `The last ${failures === 1 ? "attempt" : `${failures} attempts`} failed${held}`;
  return waiting > 0 ? `${waiting} waiting` : "Works";
}

/** What a destination is told, in one line. */
export function told({ kind, events, places, chosen, server }: Destination): string {
  if (kind === "slack_app") return "Previews of links to recordings that everybody with the link may see";
  if (isTracker(kind)) return server ? "Issues that members ask for" : "Issues that I ask for";
  const where = server
    ? "everything that every member may see"
    : places === "chosen"
      ? chosen.map(({ name }) => name || "Untitled").join(", ")
      : OF[places];
  const [only] = events;
  const one = events.length === 1 && only ? eventName(only) : `${events.length} events`;
  return `${events.length === EVENT_ORDER.length ? "All events" : one}, of ${where}`;
}

/** What the newest attempt came to, in one line. */
export function outcome({ last, state }: Delivery): string {
  if (!last) return state === "waiting" ? "Not tried yet" : "";
  const took =
    last.took_ms >= 1000
      ? amount(Math.round(last.took_ms / 100) / 10, "second")
      : amount(last.took_ms, "millisecond");
  if (last.reason === null) return `${last.status ?? ""} in ${took}`;
  return last.status === null ? last.reason : `${last.reason} in ${took}`;
}
