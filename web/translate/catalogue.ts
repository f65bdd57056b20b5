/** The translations of one language, and what is made of a source by them. Pure. */
import { type Text, textsOf } from "./texts";

/** `web/messages/LANGUAGE.json`. */
export interface Catalogue {
  /** English to the language, wherever it stands. */
  readonly texts: Readonly<Record<string, string>>;
  /** For one file alone, by its path in `web`: other translations, and strings of scripts that do not look like a text. */
  readonly files: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Strings of scripts that look like texts and stay as they are: nobody reads them, or they are names. */
  readonly same: readonly string[];
}

/** The translation of a text; undefined where it stays as it is. */
export function translation(catalogue: Catalogue, file: string, text: Text): string | undefined {
  const own = catalogue.files[file];
  if (own && Object.hasOwn(own, text.message)) return own[text.message];
  if (text.certainty === "no" || !Object.hasOwn(catalogue.texts, text.message)) return undefined;
  return catalogue.texts[text.message];
}

/** `{1} von {0}` as what it is made of. */
export function pieces(translated: string): (string | number)[] {
  return translated
    .split(/(\{\d+\})/)
    .filter((it) => it !== "")
    .map((it) => (/^\{\d+\}$/.test(it) ? Number(it.slice(1, -1)) : it));
}

/** The source with its texts in the language of the catalogue. */
export function translate(catalogue: Catalogue, file: string, source: string): string {
  const edits = textsOf(file, source)
    .map((text) => ({ text, translated: translation(catalogue, file, text) }))
    .filter((it): it is { text: Text; translated: string } => it.translated !== undefined)
    .sort((a, b) => a.text.start - b.text.start || b.text.end - a.text.end);
  const written = (from: number, to: number): string => {
    let out = "";
    let at = from;
    for (const { text, translated } of edits) {
      // What lies inside a value is written with it.
      if (text.start < at || text.end > to) continue;
      out += source.slice(at, text.start);
      out += text.write(pieces(translated), (n) => {
        const value = text.values[n];
        if (!value) throw new Error(`${file}: “${text.message}” has no value {${n}}`);
        return written(value.start, value.end);
      });
      at = text.end;
    }
    return out + source.slice(at, to);
  };
  return written(0, source.length);
}
