import { expect, it } from "vitest";
import { base64url } from "./push";

it("writes a key as the server does", () => {
  expect(base64url(new Uint8Array([4, 251, 255, 254]).buffer)).toBe("BPv__g");
});
