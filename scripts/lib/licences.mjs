// Prints the licences of everything that is compiled into the given programs: the crates, the C and C++ sources some of them
// bring along, and the parts of the web page.
//   node scripts/lib/licences.mjs aside-recorder aside-app aside-server
// A package without a licence text is an error: nothing is passed on without its terms.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const roots = process.argv.slice(2);

// What the web page is made of: Svelte's runtime is a tool of the build as well, so npm's list alone does not tell.
const PAGE = ["svelte", "esm-env", "clsx", "openapi-fetch"];
// Texts that lie deeper than at the top of a package.
const DEEPER = { "whisper-rs-sys": ["whisper.cpp"], epaint_default_fonts: ["fonts"], ring: ["third_party/fiat"] };
const NAMED = /^(licen[cs]e|copying|copyright|notice|unlicen[cs]e|ofl|ufl)/i;
const NOTES = {
  "libsqlite3-sys": "SQLite itself (sqlite3.c) is in the public domain: https://sqlite.org/copyright.html",
};

const host = execFileSync("rustc", ["-vV"], { encoding: "utf8" }).match(/^host: (.*)$/m)[1];
const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version", "1", "--locked", "--filter-platform", host], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  }),
);

/** The ids of what `from` is compiled of: no proc macros, nothing that only a build script or a test needs. */
function compiledInto(from) {
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const packages = new Map(metadata.packages.map((each) => [each.id, each]));
  const macro = (id) => packages.get(id).targets.some((target) => target.kind.includes("proc-macro"));
  const seen = new Set();
  const open = metadata.packages.filter((each) => from.includes(each.name)).map((each) => each.id);
  if (open.length !== from.length) throw new Error(`not all of ${from} are packages of the workspace`);
  while (open.length > 0) {
    const id = open.pop();
    if (seen.has(id)) continue;
    seen.add(id);
    for (const needed of nodes.get(id).deps) {
      const linked = needed.dep_kinds.some((kind) => kind.kind === null);
      if (linked && !macro(needed.pkg)) open.push(needed.pkg);
    }
  }
  return [...seen].map((id) => packages.get(id));
}

/** The licence texts in a folder of a package. */
function texts(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => path.join(folder, name))
    .flatMap((file) => {
      if (!NAMED.test(path.basename(file)) && !/licen[cs]e.*\.(txt|md)$|OFL\.txt$/i.test(file)) return [];
      if (statSync(file).isDirectory()) return readdirSync(file).map((inner) => path.join(file, inner));
      return [file];
    })
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "utf8").replaceAll("\r\n", "\n").trimEnd());
}

const MIT = readFileSync(path.join(ROOT, "LICENSE-MIT"), "utf8");
const APACHE = readFileSync(path.join(ROOT, "LICENSE-APACHE"), "utf8");

/** For a package that names its licence and carries no text of it. */
function standard(name, licence, authors) {
  const who = authors.length > 0 ? authors.join(", ") : `the authors of ${name}`;
  if (/\bMIT\b/.test(licence)) return [MIT.replace(/^Copyright.*$/m, `Copyright (c) ${who}`).trimEnd()];
  if (/Apache-2\.0/.test(licence)) return [APACHE.trimEnd()];
  if (/Unlicense|WTFPL|0BSD/.test(licence)) return [`${licence}: https://spdx.org/licenses/${licence}.html (Copyright ${who})`];
  throw new Error(`${name} (${licence}) carries no licence text; add where it is to scripts/lib/licences.mjs`);
}

const parts = [];
for (const each of compiledInto(roots)) {
  if (each.source === null) continue; // Ours.
  const folder = path.dirname(each.manifest_path);
  const licence = each.license ?? `see ${each.license_file}`;
  let found = [folder, ...(DEEPER[each.name] ?? []).map((inner) => path.join(folder, inner))].flatMap(texts);
  if (found.length === 0) found = standard(each.name, licence, each.authors);
  const note = NOTES[each.name];
  const where = `https://crates.io/crates/${each.name}/${each.version}`;
  parts.push({ name: each.name, version: each.version, licence, where, texts: note ? [...found, note] : found });
}
if (roots.includes("aside-server")) {
  for (const name of PAGE) {
    const folder = path.join(ROOT, "web/node_modules", name);
    const about = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    let found = texts(folder);
    if (found.length === 0) found = standard(name, about.license, []);
    const where = `https://www.npmjs.com/package/${name}/v/${about.version}`;
    parts.push({ name: `${name} (web page)`, version: about.version, licence: about.license, where, texts: found });
  }
}
parts.sort((a, b) => a.name.localeCompare(b.name, "en") || a.version.localeCompare(b.version, "en"));

const users = new Map();
for (const part of parts) {
  for (const text of part.texts) users.set(text, [...(users.get(text) ?? []), `${part.name} ${part.version}`]);
}
const line = "=".repeat(100);
const out = [
  "What is compiled into Aside's programs, and on which terms. Aside itself is MIT OR Apache-2.0 (LICENSE-MIT, LICENSE-APACHE).",
  "Libraries of the system that the programs link when they start (FFmpeg and others) are not part of this package and have",
  "their own terms: an FFmpeg that was built with x264, as Debian's, is under the GPL, and so is then the whole of a program",
  "that is passed on together with it. The source of each package is at its address below.",
  "",
  ...parts.map((part) => `${part.name} ${part.version}: ${part.licence}\n    ${part.where}`),
];
for (const [text, of] of users) out.push("", line, `Of: ${of.join(", ")}`, line, "", text);
process.stdout.write(`${out.join("\n")}\n`);
