//! The manual: every verb that a program shows has a page, and `man` shows each without a complaint.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use harness::program::built;

#[test]
fn every_verb_of_both_programs_has_a_page_that_man_can_show() -> Result<()> {
    for (program, section) in [("aside", "1"), ("aside-server", "8")] {
        let program_file = built(program)?;
        let folder = tempfile::tempdir()?;
        let made = Command::new(&program_file)
            .args(["generate", "man"])
            .arg(folder.path())
            .status()?;
        ensure!(made.success(), "{program} generate man: {made}");
        let mut wanted = Vec::new();
        verbs(&program_file, &mut Vec::new(), &mut wanted)?;
        ensure!(wanted.len() > 10, "{program} has more verbs: {wanted:?}");
        for verb in &wanted {
            let name = [&[program.to_owned()], verb.as_slice()].concat().join("-");
            let page = folder.path().join(format!("{name}.{section}"));
            ensure!(page.is_file(), "{} is missing", page.display());
            let shown = show(&page)?;
            ensure!(
                shown.contains(&name) && shown.contains("SYNOPSIS"),
                "{name}:\n{shown}"
            );
        }
        let pages = std::fs::read_dir(folder.path())?.count();
        ensure!(
            pages == wanted.len(),
            "{program}: {pages} pages for {} verbs",
            wanted.len()
        );
    }
    Ok(())
}

/// The program itself (an empty list), its verbs, and theirs.
fn verbs(program: &Path, verb: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> Result<()> {
    found.push(verb.clone());
    let help = Command::new(program).args(&*verb).arg("--help").output()?;
    ensure!(help.status.success(), "{verb:?} --help: {}", help.status);
    let help = String::from_utf8(help.stdout)?;
    let below = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A long explanation goes on below its verb, further in.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    for name in below {
        verb.push(name.to_owned());
        verbs(program, verb, found)?;
        verb.pop();
    }
    Ok(())
}

/// A page as a reader sees it.
fn show(page: &Path) -> Result<String> {
    let shown = Command::new("man")
        .args(["--warnings", "--local-file"])
        .arg(page)
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "100")
        .output()
        .context("man is missing (Debian: apt install man-db)")?;
    let complaints = String::from_utf8_lossy(&shown.stderr);
    ensure!(
        shown.status.success() && complaints.is_empty(),
        "{}: {complaints}",
        page.display()
    );
    Ok(String::from_utf8(shown.stdout)?)
}
