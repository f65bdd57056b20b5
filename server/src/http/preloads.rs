//! Which scripts a page needs besides those of the shell: its head names them, so that a browser asks for all of them at once and not for
//! one after the other has come (HTML Standard, "modulepreload"). Read from the manifest that the build of the page writes (Vite,
//! `build.manifest`).

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::assets;
use super::head::escape;
use crate::domain::page_language::PageLanguage;

/// The shell itself, which asks for what it needs.
const SHELL: &str = "index.html";
/// What every page but the watch page needs, which loads itself.
const EVERY: [&str; 2] = ["src/pages.ts", "src/app.ts"];
/// Pages that people come back to, and what shows them.
const PAGES: [(&str, &str); 7] = [
    ("/", "src/library/LibraryPage.svelte"),
    ("/catch-up", "src/catchup/CatchUpPage.svelte"),
    ("/inbox", "src/inbox/InboxPage.svelte"),
    ("/people", "src/people/PeoplePage.svelte"),
    ("/search", "src/search/SearchPage.svelte"),
    ("/settings", "src/settings/SettingsPage.svelte"),
    ("/sign-in", "src/session/SignInPage.svelte"),
];

#[derive(Debug, Deserialize)]
struct Chunk {
    file: String,
    #[serde(default)]
    imports: Vec<String>,
}

type Manifest = HashMap<String, Chunk>;

/// The tags for the page at `path`, by pages of the list, in English and in German: the build stays as it is while the server runs.
static TAGS: [OnceLock<HashMap<&str, String>>; 2] = [OnceLock::new(), OnceLock::new()];

/// The tags for the page at `path`; none for a page that is not in the list.
pub(super) fn tags(language: PageLanguage, path: &str) -> &'static str {
    let [english, german] = &TAGS;
    let kept = match language {
        PageLanguage::English => english,
        PageLanguage::German => german,
    };
    let all = kept.get_or_init(|| all(&assets::manifest(language)));
    all.get(path).map_or("", String::as_str)
}

/// None where the manifest cannot be read.
fn all(manifest: &str) -> HashMap<&'static str, String> {
    let manifest = serde_json::from_str::<Manifest>(manifest).unwrap_or_default();
    let tags = PAGES
        .iter()
        .filter(|(_, page)| manifest.contains_key(*page));
    tags.map(|(path, page)| (*path, of(&manifest, page)))
        .collect()
}

fn of(manifest: &Manifest, page: &str) -> String {
    let known = with_imports(manifest, &[SHELL]);
    let [pages, app] = EVERY;
    let needed = with_imports(manifest, &[pages, app, page]);
    let files = needed.iter().filter(|name| !known.contains(name));
    let files = files.filter_map(|name| manifest.get(*name));
    let tag = |chunk: &Chunk| {
        format!(
            "<link rel=\"modulepreload\" href=\"/{}\">",
            escape(&chunk.file)
        )
    };
    files.map(tag).collect()
}

/// Names of chunks and of what they import, each once, in the order in which they are met.
fn with_imports<'a>(manifest: &'a Manifest, names: &[&'a str]) -> Vec<&'a str> {
    let mut all = names.to_vec();
    let mut next = 0;
    while let Some(name) = all.get(next) {
        let imports = manifest.get(*name).map(|it| &*it.imports);
        for import in imports.unwrap_or_default() {
            if !all.contains(&&**import) {
                all.push(import);
            }
        }
        next += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &str = r#"{
        "index.html": { "file": "assets/index-1.js", "imports": ["_first.js"], "dynamicImports": ["src/pages.ts"] },
        "_first.js": { "file": "assets/first-1.js" },
        "_base.js": { "file": "assets/base-1.js", "imports": ["_first.js"] },
        "src/pages.ts": { "file": "assets/pages-1.js", "imports": ["_first.js"] },
        "src/app.ts": { "file": "assets/app-1.js", "imports": ["_base.js"] },
        "src/library/LibraryPage.svelte": { "file": "assets/Library-1.js", "imports": ["_base.js", "src/app.ts"], "css": ["assets/Library-1.css"] }
    }"#;

    #[test]
    fn a_page_names_each_script_that_its_shell_does_not_load_once() {
        let all = all(BUILT);
        let tags = &all["/"];
        let files: Vec<&str> = tags.split("href=\"/").skip(1).collect();
        let files: Vec<&str> = files.iter().filter_map(|it| it.split('"').next()).collect();
        assert_eq!(
            files,
            [
                "assets/pages-1.js",
                "assets/app-1.js",
                "assets/Library-1.js",
                "assets/base-1.js"
            ]
        );
    }

    #[test]
    fn a_page_that_was_not_built_or_is_not_in_the_list_names_none() {
        assert!(!all(BUILT).contains_key("/settings"));
        assert!(all("").is_empty());
        assert!(all("{}").is_empty());
        assert_eq!(tags(PageLanguage::English, "/w/link"), "");
    }

    #[test]
    fn the_build_has_every_page_of_the_list() {
        for language in [PageLanguage::English, PageLanguage::German] {
            let built = assets::manifest(language);
            let manifest: Manifest = serde_json::from_str(&built)
                .expect("the page is built first: npm run build in web");
            let pages = PAGES.iter().map(|(_, page)| *page);
            for page in pages.chain(EVERY) {
                assert!(manifest.contains_key(page), "{language:?}: {page}");
            }
        }
    }
}
