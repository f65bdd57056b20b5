//! Reads which modules a source file names, and holds that against rules: so the arrows between
//! the rooms of the house stay as the design draws them.
//!
//! It reads text, not types: comments, strings and test modules are passed over; `use` trees are
//! unfolded; paths written in the middle of code count like imports; `super` and `self` are
//! resolved by where the file lies. Macros that build paths would escape it; we write none.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Which files may not name what, and why.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// A file or folder below the crate's `src`; empty for the whole crate.
    pub place: &'static str,
    /// Path prefixes such as `sqlx` or `crate::http`.
    pub never: &'static [&'static str],
    pub why: &'static str,
}

/// A name in a place where it may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub file: PathBuf,
    pub line: usize,
    pub names: String,
    pub why: &'static str,
}

/// Holds all `rules` against the sources below `src`.
///
/// # Errors
/// When a file cannot be read, or a rule speaks of a place that does not exist: a rule about
/// nothing would hold for ever.
pub fn breaches(src: &Path, rules: &[Rule]) -> Result<Vec<Breach>> {
    let mut found = Vec::new();
    let mut only_tests = Vec::new();
    for file in sources(src)? {
        let folder = if is_root_of_its_folder(&file) {
            file.with_file_name("")
        } else {
            file.with_extension("")
        };
        for name in test_modules(&std::fs::read_to_string(&file)?) {
            only_tests.extend([folder.join(format!("{name}.rs")), folder.join(name)]);
        }
    }
    for rule in rules {
        let files = sources(&src.join(rule.place))
            .with_context(|| format!("the rule for {:?} is about nothing", rule.place))?;
        for file in files
            .into_iter()
            .filter(|f| !only_tests.iter().any(|t| f.starts_with(t)))
        {
            let text = std::fs::read_to_string(&file)?;
            let module = module_of(file.strip_prefix(src)?);
            for (line, path) in named_paths(&text, &module) {
                if rule.never.iter().any(|n| {
                    path == *n
                        || path
                            .strip_prefix(n)
                            .is_some_and(|rest| rest.starts_with("::"))
                }) {
                    found.push(Breach {
                        file: file.clone(),
                        line,
                        names: path,
                        why: rule.why,
                    });
                }
            }
        }
    }
    Ok(found)
}

/// The same code without `#[cfg(test)] mod … { … }`; line breaks stay.
fn without_test_modules(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        let after = &rest[at..];
        let open = after.find('{').unwrap_or(after.len());
        let is_block = !after[..open].contains(';') && after[..open].contains("mod ");
        let mut end = at + "#[cfg(test)]".len();
        if is_block {
            let mut depth = 0_usize;
            end = rest.len();
            for (i, c) in after.char_indices().skip_while(|(i, _)| *i < open) {
                depth = if c == '{' {
                    depth + 1
                } else {
                    depth - usize::from(c == '}')
                };
                if depth == 0 {
                    end = at + i + 1;
                    break;
                }
            }
        }
        out.push_str(&rest[..at]);
        out.extend(rest[at..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    out + rest
}

/// Names of modules that a source declares for tests only: `#[cfg(test)] mod contract;`.
fn test_modules(text: &str) -> Vec<String> {
    let code = without_comments_and_strings(text);
    let declared = code.split("#[cfg(test)]").skip(1).filter_map(|after| {
        let (head, _) = after.split_once(';')?;
        let (_, name) = head.trim().rsplit_once("mod ")?;
        (!name.contains('{')).then(|| name.trim().to_owned())
    });
    declared.collect()
}

/// All sources below a folder, or the file itself (also by its name without `.rs`), without test files.
fn sources(place: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let beside = place.with_extension("rs");
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    if beside.is_file() {
        found.push(beside);
    }
    let mut folders: Vec<PathBuf> = if place.is_dir() {
        vec![place.to_owned()]
    } else {
        Vec::new()
    };
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let is_test = path
                .file_stem()
                .is_some_and(|s| s == "tests" || s == "testing");
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_test {
                found.push(path);
            }
        }
    }
    anyhow::ensure!(!found.is_empty(), "no source at {}", place.display());
    found.sort();
    Ok(found)
}

fn is_root_of_its_folder(file: &Path) -> bool {
    file.file_stem()
        .is_some_and(|n| n == "mod" || n == "lib" || n == "main")
}

/// `store/dialect.rs` is `[store, dialect]`.
fn module_of(file: &Path) -> Vec<String> {
    let mut names: Vec<String> = file
        .with_extension("")
        .components()
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    if names
        .last()
        .is_some_and(|n| n == "mod" || n == "lib" || n == "main")
    {
        names.pop();
    }
    names
}

/// Every path a source names, with its line, resolved to `crate::…` where it is one of ours.
pub fn named_paths(text: &str, module: &[String]) -> Vec<(usize, String)> {
    let code = without_comments_and_strings(text);
    let code = without_test_modules(&code);
    let tokens = tokens(&code);
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let (line, word) = &tokens[i];
        if word == "use" {
            let end = tokens[i..]
                .iter()
                .position(|(_, w)| w == ";")
                .map_or(tokens.len(), |n| i + n);
            unfold(&tokens[i + 1..end], "", &mut found);
            i = end;
        } else if is_name(word) && (i == 0 || tokens[i - 1].1 != "::") {
            let mut path = word.clone();
            let mut at = i;
            while tokens.get(at + 1).is_some_and(|(_, w)| w == "::")
                && tokens.get(at + 2).is_some_and(|(_, w)| is_name(w))
            {
                path = format!("{path}::{}", tokens[at + 2].1);
                at += 2;
            }
            if at > i {
                found.push((*line, path));
            }
            i = at + 1;
        } else {
            i += 1;
        }
    }
    found
        .into_iter()
        .map(|(line, path)| (line, resolve(&path, module)))
        .collect()
}

/// `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn unfold(tokens: &[(usize, String)], prefix: &str, found: &mut Vec<(usize, String)>) {
    let mut depth = 0;
    let mut start = 0;
    for i in 0..=tokens.len() {
        let word = tokens.get(i).map_or(",", |(_, w)| w.as_str());
        match word {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if word != "," || depth != 0 {
            continue;
        }
        let item = &tokens[start..i.min(tokens.len())];
        start = i + 1;
        let Some((line, _)) = item.first() else {
            continue;
        };
        let brace = item.iter().position(|(_, w)| w == "{");
        let head = item[..brace.unwrap_or(item.len())]
            .iter()
            .map(|(_, w)| w.as_str())
            .take_while(|w| *w != "as");
        let path = format!("{prefix}{}", head.collect::<String>());
        match brace {
            Some(at) => unfold(&item[at + 1..item.len() - 1], &path, found),
            None => found.push((
                *line,
                path.trim_end_matches("::*")
                    .trim_start_matches("::")
                    .to_owned(),
            )),
        }
    }
}

fn resolve(path: &str, module: &[String]) -> String {
    let mut module = module.to_vec();
    let mut rest = path;
    let mut ours = false;
    if let Some(after) = rest.strip_prefix("self::") {
        (rest, ours) = (after, true);
    }
    while let Some(after) = rest.strip_prefix("super::") {
        module.pop();
        (rest, ours) = (after, true);
    }
    if !ours {
        return path.to_owned();
    }
    std::iter::once("crate")
        .chain(module.iter().map(String::as_str))
        .chain([rest])
        .collect::<Vec<_>>()
        .join("::")
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let mut line = 1;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        } else if c.is_alphanumeric() || c == '_' {
            let mut word = String::from(c);
            while let Some(next) = chars.next_if(|n| n.is_alphanumeric() || *n == '_') {
                word.push(next);
            }
            out.push((line, word));
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            out.push((line, "::".to_owned()));
        } else if !c.is_whitespace() {
            out.push((line, c.to_string()));
        }
    }
    out
}

/// The same text with comments and strings blanked, line breaks kept.
fn without_comments_and_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes: Vec<char> = text.chars().collect();
    let at = |i: usize| bytes.get(i).copied().unwrap_or('\0');
    let mut i = 0;
    while i < bytes.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < bytes.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('/', '*') => {
                i += 2;
                while i < bytes.len() && (at(i), at(i + 1)) != ('*', '/') {
                    out.extend((at(i) == '\n').then_some('\n'));
                    i += 1;
                }
                i += 2;
            }
            ('r', '#' | '"')
                if !out.ends_with(|c: char| c.is_alphanumeric() || c == '_')
                    && raw_string(&bytes[i + 1..]).is_some() =>
            {
                let length = 1 + raw_string(&bytes[i + 1..]).unwrap_or(0);
                out.extend(
                    bytes[i..(i + length).min(bytes.len())]
                        .iter()
                        .filter(|c| **c == '\n'),
                );
                i += length;
            }
            ('"', _) => {
                i += 1;
                while i < bytes.len() && at(i) != '"' {
                    out.extend((at(i) == '\n').then_some('\n'));
                    i += if at(i) == '\\' && at(i + 1) != '\n' {
                        2
                    } else {
                        1
                    };
                }
                i += 1;
            }
            // A character, not a lifetime.
            ('\'', '\\') => i += if at(i + 3) == '\'' { 4 } else { 3 },
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            (c, _) => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// Length of what follows the `r` of a raw string, or `None` when it is none (`r#type`).
fn raw_string(after: &[char]) -> Option<usize> {
    let hashes = after.iter().take_while(|c| **c == '#').count();
    if after.get(hashes) != Some(&'"') {
        return None;
    }
    let body = &after[hashes + 1..];
    let end = (0..body.len()).find(|i| {
        body[*i] == '"' && body[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes
    })?;
    Some(hashes + 1 + end + 1 + hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str, module: &[&str]) -> Vec<String> {
        let module: Vec<String> = module.iter().map(|m| (*m).to_owned()).collect();
        named_paths(text, &module)
            .into_iter()
            .map(|(_, p)| p)
            .collect()
    }

    #[test]
    fn trees_aliases_and_globs_are_unfolded() {
        let text = "use crate::{store::{Store, Tx as T}, http};\nuse axum::*;\npub(crate) use sqlx::query as q;";
        assert_eq!(
            paths(text, &["domain"]),
            [
                "crate::store::Store",
                "crate::store::Tx",
                "crate::http",
                "axum",
                "sqlx::query"
            ]
        );
    }

    #[test]
    fn a_path_in_the_middle_of_code_counts_like_an_import() {
        let text = "fn f() -> sqlx::Result<()> { let x = crate::http::error::E; std::fs::read(x) }";
        assert_eq!(
            paths(text, &["domain"]),
            ["sqlx::Result", "crate::http::error::E", "std::fs::read"]
        );
    }

    #[test]
    fn super_is_resolved_by_where_the_file_lies() {
        assert_eq!(
            paths("use super::super::http::Route;", &["domain", "comment"]),
            ["crate::http::Route"]
        );
        assert_eq!(
            paths("use self::inner::X;", &["domain"]),
            ["crate::domain::inner::X"]
        );
    }

    #[test]
    fn comments_strings_characters_and_tests_do_not_count() {
        let text = "//! use sqlx::a;\n/* sqlx::b */ const S: &str = \"sqlx::c\"; const R: &str = r#\"sqlx::d\"#;\n\
            const Q: char = '\"'; fn f<'a>() {}\n#[cfg(test)]\nmod tests { use sqlx::e; }";
        assert_eq!(paths(text, &[]), Vec::<String>::new());
    }

    #[test]
    fn code_behind_a_test_module_counts_and_test_files_do_not() {
        let text = "#[cfg(test)]\nmod contract;\nuse sqlx::a;\n#[cfg(test)]\nmod tests { fn f() { sqlx::b() } }\nuse sqlx::c;";
        assert_eq!(paths(text, &[]), ["sqlx::a", "sqlx::c"]);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("objects")).unwrap();
        std::fs::write(folder.path().join("objects/mod.rs"), text).unwrap();
        std::fs::write(folder.path().join("objects/contract.rs"), "use sqlx::d;").unwrap();
        let rule = Rule {
            place: "objects",
            never: &["sqlx"],
            why: "objects know no SQL",
        };
        let lines: Vec<usize> = breaches(folder.path(), &[rule])
            .unwrap()
            .iter()
            .map(|b| b.line)
            .collect();
        assert_eq!(lines, [3, 6]);
    }

    #[test]
    fn a_breach_is_found_with_its_line_and_a_rule_about_nothing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("domain")).unwrap();
        std::fs::write(
            folder.path().join("domain/access.rs"),
            "//! Pure.\n\nuse sqlx::Row as _;\nuse sqlxtra::Fine;\n",
        )
        .unwrap();
        let rule = Rule {
            place: "domain",
            never: &["sqlx"],
            why: "the rules know no SQL",
        };
        let found = breaches(folder.path(), &[rule]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].names.as_str()), (3, "sqlx::Row"));
        assert!(
            breaches(
                folder.path(),
                &[Rule {
                    place: "nowhere",
                    ..rule
                }]
            )
            .is_err()
        );
    }
}
