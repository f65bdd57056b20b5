/** What a catalogue lacks, and what it says in vain. */
import { readdirSync, readFileSync } from "node:fs";
import type { Catalogue } from "./catalogue";
import { translation } from "./catalogue";
import { SOURCES } from "./plugin";
import { textsOf } from "./texts";

export interface Unsaid {
  /** `FILE:LINE: text`. */
  readonly missing: readonly { readonly file: string; readonly line: number; readonly message: string }[];
  readonly unused: readonly string[];
  /** Translations whose values are others than those of the text. */
  readonly wrong: readonly string[];
}

const values = (text: string) => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort().join();

export function unsaid(web: string, catalogue: Catalogue): Unsaid {
  const all = readdirSync(`${web}/src`, { recursive: true, encoding: "utf8" }).map((file) => `src/${file}`);
  const files = ["index.html", "embed.html", ...all.filter((file) => SOURCES.test(file)).sort()];
  const missing: { file: string; line: number; message: string }[] = [];
  const used = new Set<string>();
  for (const file of files) {
    const source = readFileSync(`${web}/${file}`, "utf8");
    for (const text of textsOf(file, source)) {
      const { message, certainty, start } = text;
      const own = catalogue.files[file];
      if (own && Object.hasOwn(own, message)) used.add(`${file}: ${message}`);
      else if (certainty !== "no" && Object.hasOwn(catalogue.texts, message)) used.add(message);
      else if (certainty === "likely" && catalogue.same.includes(message)) used.add(`same: ${message}`);
      if (certainty === "no" || translation(catalogue, file, text) !== undefined) continue;
      if (certainty === "likely" && catalogue.same.includes(message)) continue;
      missing.push({ file, line: source.slice(0, start).split("\n").length, message });
    }
  }
  const own = Object.entries(catalogue.files);
  const said = [
    ...Object.keys(catalogue.texts),
    ...own.flatMap(([file, texts]) => Object.keys(texts).map((message) => `${file}: ${message}`)),
    ...catalogue.same.map((message) => `same: ${message}`),
  ];
  const pairs = [catalogue.texts, ...Object.values(catalogue.files)].flatMap(Object.entries) as [
    string,
    string,
  ][];
  return {
    missing,
    unused: said.filter((it) => !used.has(it)),
    wrong: pairs.filter(([text, translated]) => values(text) !== values(translated)).map(([text]) => text),
  };
}
