// `make bench`: one thing at a time, nothing is asserted, numbers are printed.
import base from "./playwright.config";

export default {
  ...base,
  testDir: "bench",
  testMatch: "*.bench.ts",
  workers: 1,
  timeout: 6 * 3600_000,
  reporter: [["line"]],
};
