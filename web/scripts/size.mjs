// How much JavaScript the watch page costs, gzipped: `npm run size`. Fails when it costs more than we promised.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const KB = 1000;
/** Everything the page may ever load, and what must be there before the picture moves. */
const LIMITS = { all: 180 * KB, first: 60 * KB };

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

/** The chunks reached from `names` by imports, and by imports on demand where `lazily`. */
function closure(names, lazily) {
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const chunk = manifest[name];
    for (const next of chunk.imports ?? []) visit(next);
    if (lazily && !chunk.isEntry) for (const next of chunk.dynamicImports ?? []) visit(next);
  };
  names.forEach(visit);
  return [...seen].map((name) => manifest[name].file).filter((file) => file.endsWith(".js"));
}

const PAGE = ["index.html", "src/app.ts", "src/watch/WatchPage.svelte"];
const first = closure(PAGE, false);
const all = closure(PAGE, true);
const sum = (files) => files.reduce((total, file) => total + size(file), 0);
const media = closure(["index.html"], false);

const result = { first: sum(first), all: sum(all), media: sum(media) };
const kb = (bytes) => `${(bytes / KB).toFixed(1)} KB`;
if (process.argv.includes("--json")) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
} else {
  for (const file of all.sort((a, b) => size(b) - size(a))) {
    process.stdout.write(`${kb(size(file)).padStart(9)}  ${file}\n`);
  }
  process.stdout.write(`JavaScript of the watch page, gzip: ${kb(result.all)} (limit ${kb(LIMITS.all)})\n`);
  process.stdout.write(
    `  before the picture can move:      ${kb(result.first)} (limit ${kb(LIMITS.first)})\n`,
  );
  process.stdout.write(`  before the picture loads:         ${kb(result.media)}\n`);
}
if (result.all > LIMITS.all || result.first > LIMITS.first) {
  process.stderr.write("The watch page has become too heavy.\n");
  process.exit(1);
}
