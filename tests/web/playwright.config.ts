// The browser is the system's Chromium. Specs start the real server and the real recorder; nothing is mocked.
import { defineConfig, devices } from "@playwright/test";

export default defineConfig({
  testDir: "specs",
  globalSetup: "support/once.ts",
  // Each spec records in real time and plays video: on two cores, more than three at once drop pictures.
  workers: 3,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  outputDir: "../../target/playwright",
  use: {
    ...devices["Desktop Chrome"],
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // A person would have pressed play; specs about playing press it themselves.
        "--autoplay-policy=no-user-gesture-required",
      ],
    },
    // Without pictures of the page: taking them costs every test, that of one that passes too, a part of the processor.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
  },
});
