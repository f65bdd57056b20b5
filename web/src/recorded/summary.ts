/** What the events track of a recording holds, in words. Pure. */

const WORDS: Record<string, readonly [one: string, many: string]> = {
  click: ["click, with its place", "clicks, with their places"],
  mark: ["chapter mark", "chapter marks"],
  layout: ["change of the camera's place", "changes of the camera's place"],
  window: ["title of a window in front", "titles of windows in front"],
  heard: ["turn of who is heard", "turns of who is heard"],
  report: ["report of the take", "reports of the take"],
};

/** "12 clicks, with their places". An event of a kind that this page does not know is called by its name. */
export function counted(kind: string, count: number): string {
  const [one, many] = WORDS[kind] ?? [`event of the kind “${kind}”`, `events of the kind “${kind}”`];
  return `${count} ${count === 1 ? one : many}`;
}

/** How many of each kind, the most first. */
export function counts(events: readonly { readonly type: string }[]): readonly (readonly [string, number])[] {
  const found = new Map<string, number>();
  for (const { type } of events) found.set(type, (found.get(type) ?? 0) + 1);
  return [...found].sort(([, a], [, b]) => b - a);
}

/** An event of the list, in words. */
export function described(event: { readonly type: string; readonly [key: string]: unknown }): string {
  const title =
    typeof event.title === "string" && event.title !== "" ? `“${event.title}”` : "without a title";
  const percent = (share: unknown) => `${Math.round(Number(share) * 100)} %`;
  switch (event.type) {
    case "click":
      return `Click (${event.button}) at ${percent(event.x)} from the left, ${percent(event.y)} from the top`;
    case "mark":
      return `Chapter ${title}`;
    case "window":
      return `Window ${title}`;
    case "layout":
      return event.face === "corner"
        ? `Camera ${String(event.corner).replace("_", " ")}, ${event.size}`
        : `Camera ${event.face}`;
    case "heard":
      return `Heard: ${event.source === "both" ? "microphone and system sound" : event.source === "system" ? "system sound" : "microphone"}`;
    case "report":
      return "Report of the take";
    default:
      return event.type;
  }
}

/** How far the text in the picture is read, in a sentence; none where nothing is to be told. */
export function screenTextState(text: {
  readonly state: "reading" | "done" | "off" | null;
  readonly reads: boolean;
  readonly lines: readonly unknown[];
}): string | null {
  const lines = `${text.lines.length} ${text.lines.length === 1 ? "line" : "lines"}`;
  switch (text.state) {
    case null:
      return text.reads ? "It was not read yet." : null;
    case "reading":
      return `It is being read: ${lines} so far.`;
    case "done":
      return text.lines.length === 0
        ? "There is none that could be read."
        : `${lines}. Whoever may watch the recording finds them by search.`;
    case "off":
      return "It was removed, and is not read.";
  }
}

/** A report as lines of name and value; what lies deeper has the names on the way to it. Nothing is left out but empty values. */
export function reportLines(
  report: unknown,
  path: readonly string[] = [],
): readonly (readonly [string, string])[] {
  if (report === null || report === undefined || report === "") return [];
  if (Array.isArray(report))
    return report.flatMap((it, n) => reportLines(it, report.length > 1 ? [...path, String(n + 1)] : path));
  if (typeof report === "object") {
    return Object.entries(report).flatMap(([name, value]) => reportLines(value, [...path, words(name)]));
  }
  const value = typeof report === "boolean" ? (report ? "yes" : "no") : String(report);
  return [[path.join(", "), value]];
}

/** `longest_hole_ms` as "longest hole (ms)". */
function words(name: string): string {
  const unit = /_(ms|us|ppm|hz|bytes|percent|db|s)$/.exec(name);
  const rest = (unit ? name.slice(0, -unit[0].length) : name).replaceAll("_", " ");
  return unit ? `${rest} (${unit[1]})` : rest;
}
