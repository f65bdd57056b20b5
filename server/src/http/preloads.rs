//! Which scripts a page needs besides those of the shell: its head names them, so that a browser asks for all of them at once and not for
//! one after the other has come (HTML Standard, "modulepreload"). Read from the manifest that the build of the page writes (Vite,
//! `build.manifest`).

use std::collections::HashMap;

use serde::Deserialize;

use super::head::escape;

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

/// The tags for the page at `path`; none for a page that is not in the list, and without a manifest that can be read.
pub(super) fn tags(manifest: &str, path: &str) -> String {
    let page = PAGES.iter().find(|(at, _)| *at == path);
    let manifest = serde_json::from_str::<Manifest>(manifest).ok();
    let Some((manifest, (_, page))) = manifest.zip(page) else {
        return String::new();
    };
    let known = with_imports(&manifest, &[SHELL]);
    let [pages, app] = EVERY;
    let needed = with_imports(&manifest, &[pages, app, page]);
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
    use crate::domain::page_language::PageLanguage;

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
        let tags = tags(BUILT, "/");
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
    fn a_page_that_is_not_in_the_list_names_none_and_a_build_without_a_manifest_neither() {
        assert_eq!(tags(BUILT, "/w/link"), "");
        assert_eq!(tags("", "/"), "");
        assert_eq!(tags("{}", "/nowhere"), "");
    }

    #[test]
    fn the_build_has_every_page_of_the_list() {
        for language in [PageLanguage::English, PageLanguage::German] {
            let built = crate::http::assets::manifest(language);
            let manifest: Manifest = serde_json::from_str(&built)
                .expect("the page is built first: npm run build in web");
            let pages = PAGES.iter().map(|(_, page)| *page);
            for page in pages.chain(EVERY) {
                assert!(manifest.contains_key(page), "{language:?}: {page}");
            }
        }
    }
}
