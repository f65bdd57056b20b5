/** In which language pages are. There are two builds of them, and the server chooses (`server/src/domain/page_language.rs`). */

/** In which language the server sends pages: what a person chose, then what their browser asks for. */
export function pageLanguage(chosen: string | null, browser: readonly string[]): "en" | "de" {
  const first = [chosen ?? "", ...browser].map((tag) => tag.toLowerCase().split("-")[0]);
  const found = first.find((it) => it === "en" || it === "de");
  return found === "de" ? "de" : "en";
}

/** Loads the page again where an account has another language than the page; says whether it does. `said`: it was said just now. */
export function follow(chosen: string | null, said = false): boolean {
  const wanted = pageLanguage(chosen, navigator.languages);
  if (wanted === document.documentElement.lang) return false;
  // Otherwise once: something on the way may keep pages.
  const key = `aside:language:${wanted}`;
  if (sessionStorage.getItem(key) && !said) return false;
  sessionStorage.setItem(key, "1");
  location.reload();
  return true;
}
