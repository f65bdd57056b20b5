import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readCatalogue, SOURCES } from "./plugin";
import { unsaid } from "./unsaid";

const web = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const catalogue = readCatalogue(web, "de");
const found = unsaid(web, catalogue);

test("every text of the pages has its German in messages/de.json", () => {
  expect(found.missing.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
});

test("messages/de.json says nothing that no page says", () => {
  expect(found.unused).toEqual([]);
});

test("a translation has the values of its text", () => {
  expect(found.wrong).toEqual([]);
});

test("what browsers put into words comes in German on German pages", () => {
  const all = readdirSync(`${web}/src`, { recursive: true, encoding: "utf8" }).map((file) => `src/${file}`);
  const inEnglish = all
    .filter((file) => SOURCES.test(file))
    .filter((file) => /(Intl\.\w+|toLocale\w+)\(\s*\[?"en"/.test(readFileSync(`${web}/${file}`, "utf8")))
    .filter((file) => catalogue.files[file]?.en !== "de");
  // It only counts signs.
  expect(inEnglish).toEqual(["src/comments/emoji.ts"]);
});

test("German and English have the same two forms for numbers of things, so a page needs no table of forms", () => {
  const forms = (tag: string) => {
    const rules = new Intl.PluralRules(tag);
    return Array.from({ length: 2000 }, (_, n) => rules.select(n));
  };
  expect(forms("de")).toEqual(forms("en"));
  expect(forms("en")).toEqual(Array.from({ length: 2000 }, (_, n) => (n === 1 ? "one" : "other")));
});
