// biome-ignore-all lint/suspicious/noTemplateCurlyInString: sources with templates, as strings
import { expect, test } from "vitest";
import { type Catalogue, translate } from "./catalogue";
import { looksLikeText, textsOf } from "./texts";

const messages = (file: string, source: string) =>
  textsOf(file, source)
    .filter((it) => it.certainty !== "no")
    .map((it) => it.message);

test("texts and spoken attributes of a component are found, with their values", () => {
  const source = `<script lang="ts">
  import x from "Some where";
  const { n }: { n: number } = $props();
  const said = n === 1 ? "One day" : \`\${n} days left\`;
  const key = (event: KeyboardEvent) => event.key === "Some key" || event.key === "Enter";
</script>
<p class="Some class" title="Seen by {n}"> Hello,
  {n} <b>people</b> of <code>make install</code>.</p>
<Frame title="Inbox" page="inbox" /> {#if n}{said}{/if}`;
  expect(messages("a.svelte", source)).toEqual([
    "Seen by {0}",
    "Hello, {0}",
    "people",
    "of",
    "Inbox",
    "One day",
    "{0} days left",
  ]);
});

test("texts of HTML in a script are found between its tags", () => {
  const source = 'const HTML = `<p class="a b" aria-label="Some label">${logo(2)} Some words <i></i></p>`;';
  expect(messages("a.ts", source)).toEqual(["Some words", "Some label"]);
});

const catalogue: Catalogue = {
  texts: {
    "Seen by {0}, {1}": "{1}: von {0} gesehen",
    "Hello {0}": "Hallo {0}",
    Play: "Wiedergabe",
    "“{0}” is {1}": "„{0}“ ist {1}",
    "Some words": 'Ein <Wort> & {nicht} "mehr"',
  },
  files: { "a.ts": { views: "Aufrufe" } },
  same: [],
};

test("values are moved to their place, and texts inside them are translated as well", () => {
  const source = "const a = `Seen by ${who ? 'Play' : x}, ${`Hello ${y}`}`;";
  expect(translate(catalogue, "a.ts", source)).toBe(
    "const a = `${`Hallo ${y}`}: von ${who ? 'Wiedergabe' : x} gesehen`;",
  );
});

test("what is no text stays as it is", () => {
  for (const source of [
    'import a from "Some words";',
    'if (key === "Some words") a();',
    'type A = "Some words" | "Play";',
    'const a = { "Some words": 1 };',
    'switch (a) { case "Some words": b(); }',
    'a.querySelector("Some words");',
  ]) {
    expect(translate(catalogue, "a.ts", source)).toBe(source);
  }
});

test("a word of code is translated only where the catalogue names it for the file", () => {
  const source = 'const a = n === 1 ? "view" : "views";';
  expect(translate(catalogue, "b.ts", source)).toBe(source);
  expect(translate(catalogue, "a.ts", source)).toBe('const a = n === 1 ? "view" : "Aufrufe";');
});

test("a translation cannot become markup or code", () => {
  expect(translate(catalogue, "a.svelte", "<p>Some words</p>")).toBe(
    '<p>Ein &lt;Wort> &amp; &#123;nicht&#125; "mehr"</p>',
  );
  expect(translate(catalogue, "a.svelte", '<p title="Some words"></p>')).toContain("&quot;mehr&quot;");
  expect(translate(catalogue, "a.ts", 'a("Some words");')).toBe('a("Ein <Wort> & {nicht} \\"mehr\\"");');
});

test("what looks like a text, and what does not", () => {
  for (const text of [
    "Play",
    "1 day left",
    "Copy failed. Select it.",
    "Loading…",
    "Move to “{0}”",
    "{0} of {1}",
    "Back-up",
  ])
    expect(looksLikeText(text), text).toBe(true);
  for (const text of [
    "Enter",
    "ArrowUp",
    "video/mp4",
    "button-primary",
    "transcript-hits",
    "aside:dates",
    "#000",
    "{0}px {1}px",
    "/api/me",
    "data-x",
    "GET",
  ])
    expect(looksLikeText(text), text).toBe(false);
});
