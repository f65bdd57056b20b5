// How much JavaScript the watch page costs, gzipped: `npm run size`. Fails when it costs more than we promised, in any of its languages.
//
// Seven sums, each with what has been loaded by then. They are real: `tests/web/specs/weight.spec.ts` holds that the
// browser asks for no other script.
//   asks    the recording is asked for. The entry, which does that before it loads anything else.
//   moves   the picture stands there, and a click, Space and the other keys of the player move it. The player, its
//           keyboard and the shell (`src/watch/shell.ts`): no framework, no comments, no controls.
//   plain   a visit of somebody who watches and reads the comments: a guest, or a member who is not the owner, of a recording
//           without a camera. The components follow when the first picture is there, or when somebody needs them sooner
//           (`Bootstrap.componentsNeeded`). In it is what reports what was watched.
//   opened  all that such a visitor loads only by opening it, each a chunk of its own: the field for a comment, transcript, chapters,
//           sheets and menus, help, editing, the file for download, clips; and what only some recordings have: a camera, a recording that
//           is being made, a browser that plays by itself. Never all of it in one visit.
//   owner   what only its owner opens: how it is shared, who watched, what else was recorded, how long it stays. Nobody else loads it, and it is in
//           none of the others.
//   embed   the page that other sites show (`embed.html`): a page of its own, with the same player and captions.
//   face    the same of a recording that has a camera, whose chunk no other one loads.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
/** The builds, by language; the first is the one whose files `--files` tells. */
const BUILDS = { en: dist, de: new URL("de/", dist) };
const KB = 1000;
const LIMITS = {
  asks: 4 * KB,
  moves: 16 * KB,
  plain: 55 * KB,
  opened: 84 * KB,
  owner: 22 * KB,
  embed: 20 * KB,
  face: 22 * KB,
};
const MOMENTS = {
  asks: "before the recording is asked for",
  moves: "before the picture can move",
  plain: "of a plain visit",
  opened: "of all that is opened in it",
  owner: "of what only the owner opens",
  embed: "of a recording in a page of another site",
  face: "of one with a camera there",
};

const OWNER = [
  "src/share/OwnerSheet.svelte",
  "src/views/owner-parts.ts",
  "src/recorded/RecordedEvents.svelte",
  "src/retention/Stays.svelte",
  "src/watch/TitleEdit.svelte",
  "src/transcript/EditParagraph.svelte",
  "src/transcript/OpenSuggestions.svelte",
  "src/transcript/OwnCaptions.svelte",
  "src/transcript/RemoveTranslation.svelte",
  "src/transcript/WordsHistory.svelte",
];

/** What a build weighs, by moment. */
function weigh(built) {
  const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", built), "utf8"));
  const size = (file) => gzipSync(readFileSync(new URL(file, built)), { level: 9 }).length;

  /** The chunks reached from `names` by imports, and by imports on demand where `lazily`, but for those `without`. */
  function closure(names, lazily, without = []) {
    const seen = new Set();
    const visit = (name) => {
      if (seen.has(name)) return;
      seen.add(name);
      const chunk = manifest[name];
      for (const next of chunk.imports ?? []) visit(next);
      if (!lazily || chunk.isEntry) return;
      for (const next of chunk.dynamicImports ?? []) if (!without.includes(next)) visit(next);
    };
    names.forEach(visit);
    return [...seen].map((name) => manifest[name].file).filter((file) => file.endsWith(".js"));
  }

  const files = {
    asks: closure(["index.html"], false),
    moves: closure(PLAYER, false),
    plain: closure(PAGE, false),
  };
  files.opened = beside(closure(PAGE, true, OWNER), files.plain);
  files.owner = beside(closure(OWNER, true), files.plain, files.opened);
  files.embed = closure(["embed.html"], false);
  files.face = closure(["embed.html", "src/embed/camera.ts"], false);
  for (const name of OWNER) if (!manifest[name]) throw new Error(`no chunk of its own: ${name}`);
  const sum = (list) => list.reduce((total, file) => total + size(file), 0);
  const sums = Object.fromEntries(Object.entries(files).map(([moment, list]) => [moment, sum(list)]));
  return { files, size, sums };
}

const PLAYER = ["index.html", "src/watch/bootstrap.ts"];
const PAGE = [...PLAYER, "src/app.ts", "src/watch/WatchPage.svelte"];
const beside = (list, ...others) => list.filter((file) => !others.some((other) => other.includes(file)));

const { files, size, sums: result } = weigh(BUILDS.en);
if (process.argv.includes("--files")) {
  // What may be loaded by each moment, for the test that looks whether that is so.
  process.stdout.write(`${JSON.stringify(files)}\n`);
  process.exit(0);
}
const kb = (bytes) => `${(bytes / KB).toFixed(1)} KB`;
const all = Object.fromEntries(
  Object.entries(BUILDS).map(([language, built]) => [language, weigh(built).sums]),
);
if (process.argv.includes("--json")) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
} else {
  for (const file of [...files.plain, ...files.opened].sort((a, b) => size(b) - size(a))) {
    process.stdout.write(`${kb(size(file)).padStart(9)}  ${file}\n`);
  }
  process.stdout.write(`JavaScript of the watch page, gzip (${Object.keys(BUILDS).join(", ")}):\n`);
  for (const [moment, text] of Object.entries(MOMENTS)) {
    const sums = Object.values(all).map((sums) => kb(sums[moment]).padStart(8));
    process.stdout.write(`  ${text.padEnd(36)}${sums.join("")} (limit ${kb(LIMITS[moment])})\n`);
  }
}
/** German says the same in more letters. */
const MORE = { en: 1, de: 1.02 };
const heavy = Object.keys(LIMITS).filter((moment) =>
  Object.entries(all).some(([language, sums]) => sums[moment] > LIMITS[moment] * MORE[language]),
);
if (heavy.length > 0) {
  process.stderr.write(`The watch page has become too heavy: ${heavy.map((m) => MOMENTS[m]).join(", ")}.\n`);
  process.exit(1);
}
