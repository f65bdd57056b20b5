/** Builds the pages in another language: texts are translated where they stand, before anything is compiled. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Plugin } from "vite";
import { type Catalogue, translate } from "./catalogue";

/** Files with texts, by their path in `web`. */
export const SOURCES = /^src\/(?!api\/schema\.ts$)(?!.*\.test\.ts$).*\.(ts|svelte)$/;

export function readCatalogue(web: string, language: string): Catalogue {
  return JSON.parse(readFileSync(`${web}/messages/${language}.json`, "utf8")) as Catalogue;
}

export function translated(web: string, language: string): Plugin {
  const catalogue = readCatalogue(web, language);
  return {
    name: "translated",
    enforce: "pre",
    transform(code, id) {
      const file = relative(web, id);
      return SOURCES.test(file) ? { code: translate(catalogue, file, code), map: null } : null;
    },
    transformIndexHtml: {
      order: "pre",
      handler: (html, { filename }) =>
        translate(catalogue, relative(web, filename), html).replace(
          '<html lang="en">',
          `<html lang="${language}">`,
        ),
    },
  };
}
