import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

test("the API's types are as fresh as the server's description (else: npm run generate)", async () => {
  const described = new URL("../../../server/openapi.json", import.meta.url);
  const fresh = `${COMMENT_HEADER}${astToString(await openapiTS(described))}`;
  expect(readFileSync(new URL("schema.ts", import.meta.url), "utf8")).toBe(fresh);
});
