/** Texts that people read, found in the source of pages. Pure. */
import { type Node, parseMarkup, parseScript } from "./syntax";

/**
 * How sure it is that people read it. `sure`: it stands in the markup. `likely`: a string of a script that looks like a text. `no`: any
 * other string; it is translated only where the catalogue names it for this very file.
 */
export type Certainty = "sure" | "likely" | "no";

export interface Text {
  /** White space as one blank, values as `{0}`, `{1}`. */
  readonly message: string;
  readonly certainty: Certainty;
  readonly start: number;
  readonly end: number;
  /** The source of the values. */
  readonly values: readonly Range[];
  /** The source of its translation, made of texts and numbers of values. */
  readonly write: (pieces: readonly (string | number)[], value: (n: number) => string) => string;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Attributes whose value is read or spoken. */
const SPOKEN = new Set([
  "alt",
  "aria-description",
  "aria-label",
  "aria-roledescription",
  "aria-valuetext",
  "label",
  "placeholder",
  "title",
]);
/** Attributes that hold words of ours which nobody reads. */
const SILENT =
  /^(class|style|id|href|src|for|type|role|name|path|d|autocomplete|data-.*|aria-(describedby|labelledby|controls|live))$/;
/** Attributes that are others only where the catalogue names them for the file. */
const NAMED = new Set(["href", "hreflang", "lang"]);
/** Functions whose first argument is no text. */
const NAMES =
  /^(querySelector(All)?|closest|matches|matchMedia|(add|remove)EventListener|[gs]etAttribute|toggleAttribute|createElement(NS)?|getItem|setItem|removeItem)$/;
/** Keys of the keyboard, by the names that events give them (UI Events KeyboardEvent key Values). */
const KEYS =
  /^(Enter|Escape|Tab|Home|End|Delete|Backspace|Arrow\w+|Page(Up|Down)|Shift|Control|Alt|Meta|Spacebar|Process|Unidentified)$/;
const COMPARE = new Set(["===", "!==", "==", "!=", "in"]);
const TYPED = new Set(["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression", "TSTypeAssertion"]);
const NOT_READ = new Set(["code", "script", "style"]);

/** Quotation marks are others in other languages. */
const LETTER = /[\p{L}“”]/u;
const words = (message: string) => message.replace(/\{\d+\}/g, " ");
const spaced = (text: string) => text.replace(/\s+/g, " ");

/** Whether a string of a script is one that people read: words with blanks between them, or one word that begins with a capital letter. */
export function looksLikeText(message: string): boolean {
  const text = words(message).trim();
  if (KEYS.test(text) || !LETTER.test(text)) return false;
  if (/[“”]/.test(text)) return true;
  if (/^[\p{Lu}][\p{Ll}]+(['’-][\p{Ll}]+)?[.:…?]?$/u.test(text)) return true;
  // What CSS, media types, addresses, lists of classes and the paths of drawings look like.
  if (/[<>{}]|^[(#.]\S*$|^\S*:\/\/|^[\w-]+\/|px\b|^\w+-\w+(-\w+)*$/.test(text) || !/\p{L}\p{Ll}/u.test(text))
    return false;
  if (/\s/.test(message) && /\p{Lu}\p{Ll}{2,}/u.test(text)) return true;
  return /[\p{L}\d][,.;:’”)]*\s+[“(]?[\p{L}\d]/u.test(message.replace(/\{\d+\}/g, "0"));
}

/** All texts of a file, outer ones before those inside their values. */
export function textsOf(file: string, source: string): Text[] {
  const found: Text[] = [];
  if (file.endsWith(".html")) return inHtml(source, 0, source.length, source);
  const root = file.endsWith(".svelte") ? parseMarkup(source) : parseScript(file, source);
  new Finder(source, found).visit(root);
  return found;
}

class Finder {
  constructor(
    readonly source: string,
    readonly found: Text[],
  ) {}

  visit(node: Node): void {
    switch (node.type) {
      case "Fragment":
        this.fragment(node.list("nodes"));
        return;
      case "RegularElement":
      case "SvelteElement":
        if (NOT_READ.has(node.text("name")) || this.untranslated(node)) return;
        for (const attribute of node.list("attributes")) this.attribute(attribute, false);
        this.children(node, ["attributes"]);
        return;
      case "Component":
      case "SvelteComponent":
      case "SvelteSelf":
        for (const attribute of node.list("attributes")) this.attribute(attribute, true);
        this.children(node, ["attributes"]);
        return;
      case "StyleSheet":
      case "Comment":
      case "ImportDeclaration":
      case "ImportExpression":
      case "ExportAllDeclaration":
      case "TaggedTemplateExpression":
        return;
      case "ExportNamedDeclaration":
        this.children(node, ["source", "specifiers"]);
        return;
      case "Property":
      case "PropertyDefinition":
      case "MethodDefinition":
        this.children(node, node.is("computed") ? [] : ["key"]);
        return;
      case "MemberExpression":
        this.children(node, ["property"]);
        return;
      case "SwitchCase":
        this.children(node, ["test"]);
        return;
      case "BinaryExpression":
        if (!COMPARE.has(node.text("operator"))) {
          this.children(node);
          return;
        }
        for (const side of node.children()) if (side.type !== "Literal") this.visit(side);
        return;
      case "CallExpression":
        this.call(node);
        return;
      case "Literal":
        this.literal(node);
        return;
      case "TemplateLiteral":
        this.template(node);
        return;
    }
    if (TYPED.has(node.type)) for (const inner of node.list("expression")) this.visit(inner);
    else if (!node.type.startsWith("TS")) this.children(node);
  }

  private children(node: Node, without: readonly string[] = []): void {
    for (const child of node.children(without)) this.visit(child);
  }

  private untranslated(element: Node): boolean {
    return element
      .list("attributes")
      .some((it) => it.type === "Attribute" && it.text("name") === "translate");
  }

  /** Neighbouring texts and values are one text. */
  private fragment(nodes: readonly Node[]): void {
    let run: Node[] = [];
    const end = () => {
      this.run(run, "sure", (text) => escapeMarkup(text));
      run = [];
    };
    for (const node of nodes) {
      if (node.type === "Text" || node.type === "ExpressionTag") run.push(node);
      else {
        end();
        this.visit(node);
      }
    }
    end();
  }

  private attribute(attribute: Node, component: boolean): void {
    if (attribute.type !== "Attribute") {
      this.visit(attribute);
      return;
    }
    const name = attribute.text("name");
    const value = attribute.list("value");
    const named = NAMED.has(name) && !component;
    if (SILENT.test(name) && !named) return;
    const quoted = /["']/.test(this.source[(value[0]?.start ?? 1) - 1] ?? "");
    const write = (text: string) => escapeMarkup(text).replaceAll('"', "&quot;").replaceAll("'", "&#39;");
    if (value.some((it) => it.type === "Text") && quoted && (component || named || SPOKEN.has(name))) {
      this.run(value, SPOKEN.has(name) ? "sure" : named ? "no" : "likely", write);
    } else for (const it of value) this.visit(it);
  }

  private run(nodes: readonly Node[], certainty: Certainty, encode: (text: string) => string): void {
    const values = nodes.filter((it) => it.type === "ExpressionTag");
    let n = 0;
    const whole = nodes.map((it) => (it.type === "Text" ? it.text("data") : `{${n++}}`)).join("");
    const message = spaced(whole).trim();
    const [first, last] = [nodes[0], nodes.at(-1)];
    const read = first && last && LETTER.test(words(message));
    if (read && (certainty !== "likely" || looksLikeText(message))) {
      const raw = this.source.slice(first.start, last.end);
      const before = first.type === "Text" ? (/^\s*/.exec(raw)?.[0] ?? "") : "";
      const after = last.type === "Text" ? (/\s*$/.exec(raw)?.[0] ?? "") : "";
      this.found.push({
        message,
        certainty,
        start: first.start + before.length,
        end: last.end - after.length,
        values,
        write: (pieces, value) =>
          pieces.map((it) => (typeof it === "string" ? encode(it) : value(it))).join(""),
      });
    }
    for (const value of values) this.children(value);
  }

  private call(node: Node): void {
    const [callee] = node.list("callee");
    const called = callee?.type === "MemberExpression" ? callee.list("property")[0] : callee;
    const named = called !== undefined && NAMES.test(called.text("name"));
    if (callee) this.visit(callee);
    const given = node.list("arguments");
    for (const argument of named && /Literal$/.test(given[0]?.type ?? "") ? given.slice(1) : given)
      this.visit(argument);
  }

  private literal(node: Node): void {
    const quote = this.source[node.start] ?? "";
    if (!/["']/.test(quote)) return;
    const message = node.text("value");
    if (!LETTER.test(message)) return;
    this.found.push({
      message,
      certainty: looksLikeText(message) ? "likely" : "no",
      start: node.start,
      end: node.end,
      values: [],
      write: (pieces) => quote + escapeString(pieces.join(""), quote) + quote,
    });
  }

  private template(node: Node): void {
    const raw = this.source.slice(node.start, node.end);
    const values = node.list("expressions");
    if (/<\w+[\s>]/.test(raw)) {
      let masked = raw;
      for (const { start, end } of values) {
        const [from, to] = [start - node.start, end - node.start];
        masked = masked.slice(0, from) + " ".repeat(to - from) + masked.slice(to);
      }
      this.found.push(...inHtml(masked, 0, masked.length, masked, node.start));
    } else {
      let n = 0;
      const quasis = node.list("quasis").map((it) => it.cooked());
      const message = quasis.map((text, i) => text + (i < quasis.length - 1 ? `{${n++}}` : "")).join("");
      if (LETTER.test(words(message))) {
        this.found.push({
          message,
          certainty: looksLikeText(message) ? "likely" : "no",
          start: node.start,
          end: node.end,
          values,
          write: (pieces, value) =>
            `\`${pieces.map((it) => (typeof it === "string" ? escapeString(it, "`").replaceAll("${", "\\${") : `\${${value(it)}}`)).join("")}\``,
        });
      }
    }
    for (const value of values) this.visit(value);
  }
}

/** Texts of HTML: between tags, and of attributes that are spoken. `at`: where the HTML begins in its file. */
function inHtml(html: string, from: number, to: number, source: string, at = 0): Text[] {
  const found: Text[] = [];
  const add = (text: string, start: number) => {
    const message = spaced(text).trim();
    const before = /^[\s$}{`]*/.exec(text)?.[0].length ?? 0;
    const inner = text.slice(before).replace(/[\s$}{`]*$/, "");
    if (!LETTER.test(inner)) return;
    found.push({
      message: spaced(inner) || message,
      certainty: "sure",
      start: at + start + before,
      end: at + start + before + inner.length,
      values: [],
      write: (pieces) => escapeMarkup(pieces.join("")).replaceAll('"', "&quot;"),
    });
  };
  const body = source
    .slice(from, to)
    .replace(/<!--.*?-->|<(script|style|title).*?<\/\1>/gs, (it) => " ".repeat(it.length));
  for (const it of body.matchAll(/>([^<>]*\p{L}[^<>]*)</gu)) add(it[1] ?? "", from + it.index + 1);
  const spoken = new RegExp(`\\s(${[...SPOKEN].join("|")})="([^"]*)"`, "g");
  for (const it of body.matchAll(spoken))
    add(it[2] ?? "", from + it.index + it[0].length - 1 - (it[2] ?? "").length);
  return found.filter((it) => html.slice(it.start - at, it.end - at).trim() !== "");
}

function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("{", "&#123;")
    .replaceAll("}", "&#125;")
    .replaceAll("\u00a0", "&nbsp;");
}

function escapeString(text: string, quote: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n");
}
