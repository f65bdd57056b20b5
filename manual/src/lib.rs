//! Manual pages and completions of shells, made from a program's own command line: they name what the program takes, and nothing
//! else.
//!
//! Both programs have the hidden verb `generate`; `make install` and `make packages` call it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Command, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// What is made.
#[derive(Debug, Subcommand)]
pub enum Generate {
    /// Write a manual page for each verb
    Man {
        /// The folder they go to; it is made if it is not there
        folder: PathBuf,
    },
    /// Write the completions of a shell to standard output
    Completions {
        /// Whose completions
        shell: Shell,
    },
}

impl Generate {
    /// `section` is the manual's: 1 for everybody's programs, 8 for those who run the machine (`man man`).
    ///
    /// # Errors
    /// When the folder, a page or standard output cannot be written.
    pub fn run(&self, program: Command, section: &str) -> io::Result<()> {
        match self {
            Self::Man { folder } => write_pages(program, section, folder),
            Self::Completions { shell } => {
                let text = completions(program, *shell);
                io::stdout().lock().write_all(&text)
            }
        }
    }
}

fn write_pages(program: Command, section: &str, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for page in pages(program, section)? {
        fs::write(folder.join(page.file), page.text)?;
    }
    Ok(())
}

/// A manual page.
#[derive(Debug)]
pub struct Page {
    /// Such as `aside-takes-export.1`.
    pub file: String,
    /// In roff.
    pub text: Vec<u8>,
}

/// A page for the program and for each of its verbs that is shown.
///
/// # Errors
/// None in practice: the pages are written to memory.
pub fn pages(program: Command, section: &str) -> io::Result<Vec<Page>> {
    let mut program = program.disable_help_subcommand(true);
    // Gives verbs of verbs their whole names.
    program.build();
    let source = format!(
        "{} {}",
        program.get_name(),
        program.get_version().unwrap_or_default()
    );
    let writer = Writer { section, source };
    let mut pages = Vec::new();
    writer.walk(&program, None, &mut pages)?;
    Ok(pages)
}

struct Writer<'a> {
    section: &'a str,
    source: String,
}

impl Writer<'_> {
    fn walk(&self, verb: &Command, above: Option<&str>, pages: &mut Vec<Page>) -> io::Result<()> {
        let page = self.page(verb, above)?;
        pages.push(page);
        let name = name(verb);
        for below in verb.get_subcommands().filter(|v| !v.is_hide_set()) {
            self.walk(below, Some(&name), pages)?;
        }
        Ok(())
    }

    fn page(&self, verb: &Command, above: Option<&str>) -> io::Result<Page> {
        let man = Man::new(verb.clone())
            .section(self.section)
            .source(self.source.clone())
            .manual("Aside");
        let mut text = Vec::new();
        man.render_title(&mut text)?;
        man.render_name_section(&mut text)?;
        man.render_synopsis_section(&mut text)?;
        man.render_description_section(&mut text)?;
        if verb.get_arguments().any(|a| !a.is_hide_set()) {
            man.render_options_section(&mut text)?;
        }
        if verb.get_subcommands().any(|v| !v.is_hide_set()) {
            man.render_subcommands_section(&mut text)?;
        }
        let mut end = Roff::default();
        if let Some(notes) = verb.get_after_help() {
            end.control("SH", ["NOTES"]);
            for line in notes.to_string().lines() {
                end.text([roman(line)]);
                end.control("br", []);
            }
        }
        if let Some(above) = above {
            end.control("SH", ["SEE ALSO"]);
            end.text([bold(above), roman(format!("({})", self.section))]);
        }
        end.to_writer(&mut text)?;
        Ok(Page {
            file: format!("{}.{}", name(verb), self.section),
            text,
        })
    }
}

fn name(verb: &Command) -> String {
    verb.get_display_name()
        .unwrap_or_else(|| verb.get_name())
        .to_owned()
}

/// The script that completes the program's verbs and flags.
pub fn completions(mut program: Command, shell: Shell) -> Vec<u8> {
    let name = program.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut program, name, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    fn program() -> Command {
        Command::new("prog")
            .version("1.2")
            .about("Does things")
            .after_help("Exit codes: 0 done.\nEnvironment: none.")
            .subcommand(
                Command::new("takes").about("Lists").subcommand(
                    Command::new("export").about("Saves").arg(
                        Arg::new("to")
                            .long("to")
                            .help("Where.\n.PP is no macro here"),
                    ),
                ),
            )
            .subcommand(Command::new("generate").hide(true))
    }

    fn text(pages: &[Page], file: &str) -> String {
        let page = pages.iter().find(|p| p.file == file).unwrap();
        String::from_utf8(page.text.clone()).unwrap()
    }

    #[test]
    fn every_verb_that_is_shown_has_a_page_under_its_whole_name() {
        let pages = pages(program(), "1").unwrap();
        let files: Vec<_> = pages.iter().map(|p| p.file.as_str()).collect();
        assert_eq!(files, ["prog.1", "prog-takes.1", "prog-takes-export.1"]);
        let page = text(&pages, "prog-takes-export.1");
        assert!(
            page.contains("Saves") && page.contains("prog\\-takes"),
            "{page}"
        );
        assert!(text(&pages, "prog.1").contains("Exit codes"));
    }

    #[test]
    fn words_of_the_help_cannot_be_taken_for_macros() {
        let pages = pages(program(), "1").unwrap();
        let page = text(&pages, "prog-takes-export.1");
        assert!(
            page.lines().all(|l| !l.starts_with(".PP is no macro")),
            "{page}"
        );
    }

    #[test]
    fn completions_know_verbs_and_flags() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let text = String::from_utf8(completions(program(), shell)).unwrap();
            assert!(
                text.contains("export") && text.contains("to"),
                "{shell}: {text}"
            );
        }
    }

    #[test]
    fn pages_are_written_to_a_folder_that_was_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("man/man1");
        Generate::Man {
            folder: into.clone(),
        }
        .run(program(), "1")
        .unwrap();
        assert!(into.join("prog-takes.1").is_file());
    }
}
