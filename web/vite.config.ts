import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { translated } from "./translate/plugin";

// In development the pages come from here and everything else from a real server.
const server = process.env.ASIDE_SERVER ?? "http://127.0.0.1:4646";

/**
 * Modules that are loaded together: compressed as one file they take less than as twenty (`npm run size`). What they import must be
 * loaded by then as well, or it would be loaded too early.
 */
const CHUNKS = [
  // Before the recording is asked for.
  {
    name: "first",
    test: /src\/api\/(client|fetch|problem)\.ts|src\/watch\/(address|watch-request)\.ts|src\/ui\/(time|drawings|queries|server)\.ts|preload-helper/,
  },
  // Before the picture moves.
  {
    name: "player",
    test: /src\/player\/(?!camera|engine\/(native|live))|src\/watch\/(bootstrap|media|keyboard|keys|typing|single-keys|shell|position)\.ts|src\/api\/connections\.ts/,
  },
  // For every page.
  {
    name: "base",
    test: /node_modules\/(svelte\/(?!.*bindings\/(input|select))|clsx|esm-env)|src\/ui\/(Avatar|avatar|dates|disclosure|Icon|Lazy|layout|Logo|now|Toasts|toasts|toastList|undoable)\b|src\/App\.svelte/,
  },
  // The components of the watch page, and what is opened in it and has parts in common with them.
  {
    name: "watch",
    test: /src\/(comments\/(threads|marks|direction|draft-key|discussion\.svelte|viewport-observer)|chapters\/marks|views\/(report|played)|watch\/(words|settings\.svelte|session\.svelte|retry)|api\/event(s|-stream)|drawing\/which)\.ts|src\/(watch\/(WatchPage|About|Controls|More|Notices|Panel|Stage|Timeline|Title)|comments\/(CommentsPanel|CommentView|ThreadView|StartField)|share\/ShareMenu)\.svelte/,
  },
];

/** What is asked for again when it did not come; elsewhere the page says that it has to be reloaded. */
const AGAIN = /\/(writing|undoKeys)-[^/]*\.js$/;

/**
 * What loads the style sheets of a chunk before the chunk runs. Smaller than Vite's own, which is loaded before the recording is asked
 * for, and it fetches what is asked for `AGAIN` before it imports it: a browser that failed to import a module once does not try
 * again (HTML Standard, "fetch a single module script").
 */
const preload = `
const loaded = new Map();
const fetched = (href) => fetch(href).then((answer) => {
  if (!answer.ok) throw new TypeError("could not load " + href);
});
const linked = (href, style) => document.querySelector('link[href="' + href + '"]') ? null : new Promise((done, failed) => {
  const link = document.createElement("link");
  link.rel = style ? "stylesheet" : "modulepreload";
  link.href = href;
  link.onload = done;
  link.onerror = () => style ? failed(new TypeError("could not load " + href)) : done();
  document.head.append(link);
  if (!style) done();
});
export const __vitePreload = (load, files = []) =>
  Promise.all(files.map((file) => {
    const href = "/" + file;
    if (!loaded.has(href)) loaded.set(href, ${AGAIN}.test(href) ? fetched(href) : linked(href, href.endsWith(".css")));
    const asked = loaded.get(href);
    asked?.catch(() => loaded.delete(href));
    return asked;
  })).then(load);
`;

/** Svelte's code for bound fields, which the watch page has none of until something is opened. */
const FIELDS = /svelte\/src\/.*bindings\/(input|select)\.js/;

/** Modules that only define functions: whoever imports none of them need not load them. */
const pureFields = (): Plugin => ({
  name: "pure-fields",
  apply: "build",
  transform: (code, id) => (FIELDS.test(id) ? { code, map: null, moduleSideEffects: false } : null),
});

/**
 * Every page is made in the browser, no component is of an older version, none awaits in its markup, and nobody calls `fork`: Svelte's code
 * for taking over what a server rendered, and for the rest, hangs on variables that stay false. The bundler does not see that by itself.
 */
const STAY_FALSE =
  /svelte\/src\/internal\/(client\/(runtime|reactivity\/(batch|deriveds|sources)|dom\/(hydration|blocks\/(boundary|each|branches)))|flags\/index)\.js/;

const fewerBranches = (): Plugin => ({
  name: "fewer-branches",
  apply: "build",
  transform(code, id) {
    if (!STAY_FALSE.test(id)) return null;
    const fixed = code
      .replace(/export let (hydrating|\w+_mode_flag) = false;/g, "export const $1 = false;")
      .replace("defer = should_defer_append();", "defer = false;")
      .replace("var is_fork = current_batch?.is_fork;", "const is_fork = false;")
      .replace(/\b\w+\??\.is_fork\b(?! = )/g, "false")
      .replace(/^\t(hydrating|\w+_mode_flag) = (true|false|value);$/gm, "");
    if (fixed === code) this.error(`${id} has no such variable any more`);
    return { code: fixed, map: null };
  },
});

/** The class by which styles are kept to their component; every element of a page carries one. */
const cssHash = ({ hash, css }: { hash: (text: string) => string; css: string }) =>
  `s${hash(css).slice(0, 4)}`;

const smallPreload = (): Plugin => ({
  name: "small-preload",
  apply: "build",
  enforce: "pre",
  load: (id) => (id === "\0vite/preload-helper.js" ? preload : null),
});

/** Languages of the pages beside English: `vite build --mode de` builds into `dist/de`. */
const LANGUAGES = ["de"];

export default defineConfig(({ mode }) => ({
  plugins: [
    ...(LANGUAGES.includes(mode) ? [translated(import.meta.dirname, mode)] : []),
    smallPreload(),
    pureFields(),
    fewerBranches(),
    svelte({ compilerOptions: { cssHash } }),
  ],
  // Those of English are there for all.
  publicDir: LANGUAGES.includes(mode) ? false : "public",
  build: {
    outDir: LANGUAGES.includes(mode) ? `dist/${mode}` : "dist",
    target: "es2022",
    // No data: URLs: the content security policy allows none for scripts, styles and fonts.
    assetsInlineLimit: 0,
    // Which chunk a name on the page stands for; read by scripts/size.mjs, not served.
    manifest: true,
    modulePreload: {
      // The preload polyfill is an inline script in old targets; every browser we aim at preloads by itself.
      polyfill: false,
      // What the entry loads comes at once, all of it. What is opened later needs little that is not there: listing that would cost
      // everybody more than the round trip costs who opens it.
      resolveDependencies: (chunk, deps, { hostId }) =>
        hostId.startsWith("assets/index-")
          ? deps
          : deps.filter((file) => file.endsWith(".css") || (file === chunk && AGAIN.test(file))),
    },
    rolldownOptions: {
      // The pages of the server, and the one that pages of other sites show.
      input: ["index.html", "embed.html"],
      output: { codeSplitting: { includeDependenciesRecursively: false, groups: CHUNKS } },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/media"].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
  test: { include: ["{src,translate}/**/*.test.ts"] },
}));
