//! Circles among files and among folders.

use std::collections::{BTreeMap, BTreeSet};

use super::Source;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Folders of `src` (and files beside them) that name each other, directly or through others.
pub fn circles_of_folders(sources: &[Source]) -> Vec<BTreeSet<String>> {
    let mut graph = Graph::new();
    for source in sources.iter().filter(|s| !s.layer().is_empty()) {
        let others = graph.entry(source.layer().to_owned()).or_default();
        others.extend(inside(source).filter_map(|path| path.first().map(|s| (*s).to_owned())));
    }
    circles(&graph)
}

/// Files that name each other, directly or through others. What a file only hands on with `pub use` does not count, nor
/// that a file names the modules below it: they are its own, and what several of them share stands in it.
pub fn circles_of_files(sources: &[Source]) -> Vec<BTreeSet<String>> {
    let files: BTreeMap<&[String], String> = sources
        .iter()
        .map(|s| (s.module.as_slice(), s.file.display().to_string()))
        .collect();
    let mut graph = Graph::new();
    for source in sources {
        let others = graph.entry(source.file.display().to_string()).or_default();
        for path in inside(source) {
            let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
            // The longest beginning that is a module.
            let module = (0..=path.len()).rev().map(|n| &path[..n]);
            let module = module
                .into_iter()
                .find(|module| files.contains_key(*module));
            let others_own = module.filter(|module| !module.starts_with(&source.module));
            others.extend(others_own.and_then(|module| files.get(module)).cloned());
        }
    }
    circles(&graph)
}

/// The paths of this crate that a source names, without `crate`.
fn inside(source: &Source) -> impl Iterator<Item = Vec<&str>> {
    let names = source.names.iter().filter(|name| !name.handed_on);
    names
        .filter_map(|name| name.path.strip_prefix("crate::"))
        .map(|path| path.split("::").collect())
}

/// Sets of nodes of which each reaches each other, larger than one.
fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = graph
        .keys()
        .map(|node| (node, reach(graph, node)))
        .collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (node, there) in &reached {
        let circle: BTreeSet<String> = there
            .iter()
            .filter(|other| reached.get(*other).is_some_and(|back| back.contains(node)))
            .map(|other| (*other).clone())
            .chain([(*node).clone()])
            .collect();
        if circle.len() > 1 && !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

fn reach<'g>(graph: &'g Graph, from: &String) -> BTreeSet<&'g String> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&String> = graph.get(from).into_iter().flatten().collect();
    while let Some(node) = open.pop() {
        if seen.insert(node) {
            open.extend(graph.get(node).into_iter().flatten());
        }
    }
    seen
}
