//! Reads which modules a source file names, and holds that against rules, so that the arrows between
//! folders stay as the design draws them.
//!
//! `syn` parses the file; the tokens inside macros, which it leaves alone, are searched for paths. `use` trees are
//! unfolded; `self` and `super` are resolved by where the file lies. Comments and strings do not count, nor does what
//! is only compiled for tests.

mod graph;
mod names;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

pub use graph::{circles_of_files, circles_of_folders};
pub use names::{Call, Name};

/// Which files may not name what, and why.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// A file or folder below the crate's `src`; empty for the whole crate.
    pub place: &'static str,
    /// Path prefixes such as `sqlx` or `crate::http`.
    pub never: &'static [&'static str],
    pub why: &'static str,
}

/// Which methods may not be called, and which fields (`.field`) not named where, and why.
#[derive(Debug, Clone, Copy)]
pub struct CallRule {
    /// As in [`Rule`].
    pub place: &'static str,
    pub never: &'static [&'static str],
    pub why: &'static str,
}

/// A folder of `src`, or a file that stands beside the folders, and which others it may name.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    pub name: &'static str,
    pub may: &'static [&'static str],
}

/// A name in a place where it may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub file: PathBuf,
    pub line: usize,
    pub names: String,
    pub why: String,
}

/// A source file and what it names outside of its tests.
#[derive(Debug, Clone)]
pub struct Source {
    /// Below `src`.
    pub file: PathBuf,
    /// `store/dialect.rs` is `[store, dialect]`, `lib.rs` is empty.
    pub module: Vec<String>,
    pub names: Vec<Name>,
    pub calls: Vec<Call>,
}

impl Source {
    /// The folder of `src` in which it lies, or its own name where it lies beside the folders.
    pub fn layer(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    fn breach(&self, line: usize, names: &str, why: impl Into<String>) -> Breach {
        Breach {
            file: self.file.clone(),
            line,
            names: names.to_owned(),
            why: why.into(),
        }
    }
}

/// Reads every source below `src` that is not only compiled for tests.
///
/// # Errors
/// When a file cannot be read or is not Rust.
pub fn read(src: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut only_tests = BTreeSet::new();
    for file in files(src)? {
        let text = std::fs::read_to_string(&file)?;
        let inside = file.strip_prefix(src)?.to_owned();
        let module = module_of(&inside);
        let found = names::find(&text, &module).with_context(|| format!("{}", file.display()))?;
        only_tests.extend(found.test_modules);
        sources.push(Source {
            file: inside,
            module,
            names: found.names,
            calls: found.calls,
        });
    }
    let is_test = |source: &Source| only_tests.iter().any(|t| source.module.starts_with(t));
    sources.retain(|source| !is_test(source));
    Ok(sources)
}

/// Holds `rules` against the sources.
///
/// # Errors
/// When a rule speaks of a place that does not exist: a rule about nothing would hold for ever.
pub fn breaches(sources: &[Source], rules: &[Rule]) -> Result<Vec<Breach>> {
    let mut found = Vec::new();
    for rule in rules {
        for source in at(sources, rule.place)? {
            for name in &source.names {
                if rule.never.iter().any(|never| is_below(&name.path, never)) {
                    found.push(source.breach(name.line, &name.path, rule.why));
                }
            }
        }
    }
    Ok(found)
}

/// Holds rules about calls against the sources.
///
/// # Errors
/// As [`breaches`].
pub fn call_breaches(sources: &[Source], rules: &[CallRule]) -> Result<Vec<Breach>> {
    let mut found = Vec::new();
    for rule in rules {
        for source in at(sources, rule.place)? {
            for call in &source.calls {
                if rule.never.contains(&call.method.as_str()) {
                    found.push(source.breach(call.line, &call.method, rule.why));
                }
            }
        }
    }
    Ok(found)
}

/// Names of other layers that a layer may not name.
///
/// # Errors
/// When a folder of `src` has no layer, or a layer no folder.
pub fn layer_breaches(sources: &[Source], layers: &[Layer]) -> Result<Vec<Breach>> {
    let there: BTreeSet<&str> = sources.iter().map(Source::layer).collect();
    let known: BTreeSet<&str> = layers.iter().map(|l| l.name).collect();
    let unknown: Vec<_> = there
        .iter()
        .filter(|l| !l.is_empty() && !known.contains(*l))
        .collect();
    ensure!(
        unknown.is_empty(),
        "no layer says what {unknown:?} may name"
    );
    let nothing: Vec<_> = known.difference(&there).collect();
    ensure!(nothing.is_empty(), "layers about nothing: {nothing:?}");
    let mut found = Vec::new();
    for source in sources {
        let Some(layer) = layers.iter().find(|l| l.name == source.layer()) else {
            // The crate's root names all its modules.
            continue;
        };
        for name in &source.names {
            let Some(inside) = name.path.strip_prefix("crate::") else {
                continue;
            };
            let other = inside.split("::").next().unwrap_or_default();
            if other != layer.name && !layer.may.contains(&other) {
                let why = format!("{} may name {:?} only", layer.name, layer.may);
                found.push(source.breach(name.line, &name.path, why));
            }
        }
    }
    Ok(found)
}

fn at<'s>(sources: &'s [Source], place: &str) -> Result<Vec<&'s Source>> {
    let place = Path::new(place);
    let file = place.with_extension("rs");
    let here = |s: &&Source| s.file.starts_with(place) || s.file == file;
    let found: Vec<&Source> = sources.iter().filter(here).collect();
    ensure!(
        !found.is_empty(),
        "the rule for {} is about nothing",
        place.display()
    );
    Ok(found)
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// All sources below a folder, without files and folders that are called after tests.
fn files(src: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder);
        for entry in entries.with_context(|| format!("{}", folder.display()))? {
            let path = entry?.path();
            let stem = path.file_stem();
            if stem.is_some_and(|s| s == "tests" || s == "testing") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    ensure!(!found.is_empty(), "no source at {}", src.display());
    found.sort();
    Ok(found)
}

fn module_of(file: &Path) -> Vec<String> {
    let mut names: Vec<String> = file
        .with_extension("")
        .components()
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    let is_root = |n: &String| n == "mod" || n == "lib" || n == "main";
    if names.last().is_some_and(is_root) {
        names.pop();
    }
    names
}

#[cfg(test)]
mod tests;
