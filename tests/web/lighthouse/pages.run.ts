// Lighthouse on watch page, embedded recording, sign-in, library, settings, people and search, each as a phone and as a desktop.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "../support/pages";
import { spoken } from "../support/test-server";

interface Report {
  categories: Record<"performance" | "accessibility", { score: number | null }>;
  audits: Record<string, { score: number | null; displayValue?: string; title: string; scoreDisplayMode: string }>;
}

const METRICS = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"];
const program = process.env.ASIDE_LIGHTHOUSE ?? "";

function run(url: string, cookie: string, desktop: boolean): Report {
  const folder = mkdtempSync(path.join(tmpdir(), "aside-lighthouse-"));
  const out = path.join(folder, "report.json");
  try {
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}/profile`].join(" ");
    const args = [program, url, "--quiet", "--output=json", `--output-path=${out}`, `--chrome-flags=${flags}`];
    args.push("--only-categories=performance,accessibility");
    if (desktop) args.push("--preset=desktop");
    if (cookie) args.push(`--extra-headers=${JSON.stringify({ Cookie: cookie })}`);
    const CHROME_PATH = process.env.CHROMIUM ?? "/usr/bin/chromium";
    execFileSync("node", args, { env: { ...process.env, CHROME_PATH }, stdio: ["ignore", "ignore", "inherit"] });
    return JSON.parse(readFileSync(out, "utf8")) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("Lighthouse", async ({ visit, serverWithoutModel, sam, samsRecorder }) => {
  const mic = `file:${spoken("review.wav")}`;
  const recording = await samsRecorder.recorded(14, ["--screen", "synthetic", "--mic", mic]);
  const page = await visit(serverWithoutModel, sam);
  const cookies = await page.context().cookies();
  const signedIn = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  for (const [what, where, cookie] of [
    ["watch page", `/w/${recording.slug}`, ""],
    ["embedded", `/e/${recording.slug}`, ""],
    ["sign-in", "/sign-in", ""],
    ["library", "/", signedIn],
    ["settings", "/settings", signedIn],
    ["people", "/people", signedIn],
    ["search", "/search?q=login", signedIn],
  ] as const) {
    for (const desktop of [false, true]) {
      const { categories, audits } = run(serverWithoutModel.url + where, cookie, desktop);
      const points = (name: keyof typeof categories) => Math.round((categories[name].score ?? 0) * 100);
      const told = METRICS.map((id) => `${audits[id]?.title} ${audits[id]?.displayValue ?? "?"}`).join(", ");
      process.stdout.write(
        `${what}, ${desktop ? "desktop" : "phone"}: performance ${points("performance")}, accessibility ${points("accessibility")} (${told})\n`,
      );
      const failed = Object.entries(audits).filter(([, it]) => it.score === 0 && it.scoreDisplayMode === "binary");
      for (const [id, { title }] of failed) process.stdout.write(`    ${id}: ${title}\n`);
    }
  }
});
