import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// In development the pages come from here and everything else from a real server.
const server = process.env.ASIDE_SERVER ?? "http://127.0.0.1:4646";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    // No data: URLs: the content security policy allows none for scripts, styles and fonts.
    assetsInlineLimit: 0,
    // Which chunk a name on the page stands for; read by scripts/size.mjs, not served.
    manifest: true,
    // The preload polyfill is an inline script in old targets; every browser we aim at preloads by itself.
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/media"].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
  test: { include: ["src/**/*.test.ts"] },
});
