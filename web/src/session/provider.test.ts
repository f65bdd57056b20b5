import { expect, test } from "vitest";
import { providerMessage } from "./provider";

test("a word of the server becomes a sentence, any other word nothing", () => {
  expect(providerMessage("unverified")).toContain("Confirm it there");
  for (const word of [null, "", "constructor", "<b>"]) expect(providerMessage(word)).toBe("");
});
