import { expect, test } from "vitest";
import { readCatalogue } from "./plugin";
import { unsaid } from "./unsaid";

const web = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const found = unsaid(web, readCatalogue(web, "de"));

test("every text of the pages has its German in messages/de.json", () => {
  expect(found.missing.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
});

test("messages/de.json says nothing that no page says", () => {
  expect(found.unused).toEqual([]);
});

test("a translation has the values of its text", () => {
  expect(found.wrong).toEqual([]);
});

test("German and English have the same two forms for numbers of things, so a page needs no table of forms", () => {
  const forms = (tag: string) => {
    const rules = new Intl.PluralRules(tag);
    return Array.from({ length: 2000 }, (_, n) => rules.select(n));
  };
  expect(forms("de")).toEqual(forms("en"));
  expect(forms("en")).toEqual(Array.from({ length: 2000 }, (_, n) => (n === 1 ? "one" : "other")));
});
