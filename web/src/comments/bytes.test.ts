import { expect, test } from "vitest";
import { bytes } from "./bytes";

test("a size is a short number with its unit", () => {
  const sizes = [0, 1023, 1024, 1536, 10_240, 25 * 1024 * 1024, 3 * 1024 ** 4];
  expect(sizes.map(bytes)).toEqual(["0 B", "1023 B", "1 KB", "1.5 KB", "10 KB", "25 MB", "3072 GB"]);
});
