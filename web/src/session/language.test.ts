import { expect, test } from "vitest";
import { pageLanguage } from "./language";

test.each([
  [null, [], "en"],
  [null, ["de-AT", "en"], "de"],
  [null, ["fr", "de", "en"], "de"],
  [null, ["ja"], "en"],
  ["de", ["en"], "de"],
  ["en-GB", ["de"], "en"],
  ["fr", ["de"], "de"],
  ["DE-ch", [], "de"],
])(
  "pages are in the language that was chosen, or that the browser asks for: %s %s",
  (chosen, browser, language) => {
    expect(pageLanguage(chosen, browser)).toBe(language);
  },
);
