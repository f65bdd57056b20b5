/** Syntax trees of components (Svelte's, modern form) and of scripts (ESTree with types), seen alike. */
import { parse } from "svelte/compiler";
import { parseSync } from "vite";

/** What says where something is, and is no part of the program. */
const BESIDE = new Set([
  "loc",
  "metadata",
  "comments",
  "leadingComments",
  "trailingComments",
  "range",
  "parent",
]);

export class Node {
  constructor(readonly raw: Record<string, unknown>) {}

  get type(): string {
    return this.text("type");
  }

  get start(): number {
    return Number(this.raw.start);
  }

  get end(): number {
    return Number(this.raw.end);
  }

  /** A property that is text; empty for anything else. */
  text(name: string): string {
    const value = this.raw[name];
    return typeof value === "string" ? value : "";
  }

  is(name: string): boolean {
    return this.raw[name] === true;
  }

  /** The nodes of a property that holds one or many. */
  list(name: string): Node[] {
    const value = this.raw[name];
    return (Array.isArray(value) ? value : [value]).filter(isNode).map((it) => new Node(it));
  }

  children(without: readonly string[] = []): Node[] {
    const names = Object.keys(this.raw).filter((name) => !BESIDE.has(name) && !without.includes(name));
    return names.flatMap((name) => this.list(name));
  }

  /** The text of a piece of a template literal. */
  cooked(): string {
    const { value } = this.raw as { value?: { cooked?: string } };
    return value?.cooked ?? "";
  }
}

function isNode(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

export function parseMarkup(source: string): Node {
  return new Node(parse(source, { modern: true }) as unknown as Record<string, unknown>);
}

export function parseScript(file: string, source: string): Node {
  const { program, errors } = parseSync(file, source);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  return new Node(program as unknown as Record<string, unknown>);
}
