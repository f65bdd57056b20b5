//! What mails and notifications say, in each language in which there are pages. Pure.
//!
//! Each language is one implementation of [`Texts`], so that a text without a translation does not compile.

mod english;
mod german;
mod german_refusals;

use crate::domain::notice::Kind;
use crate::domain::page_language::PageLanguage;
use crate::domain::reply::Refused;

/// What a mail to one person is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// Somebody asked for a new password of this person.
    NewPassword { name: &'a str },
    /// The password of this person was changed.
    PasswordChanged { name: &'a str },
    /// A person wants to use the address to which it is sent.
    AddressAsked { name: &'a str },
    /// Somebody wanted to use the address of an account.
    AddressTaken,
    /// A person has another address now; to the one before.
    AddressChanged { name: &'a str, email: &'a str },
    /// An account can be made. `by`: nobody where whoever runs the server invites by the command line.
    Invitation {
        by: Option<&'a str>,
        server: &'a str,
        days: i64,
    },
    /// A recording can be watched by a link; its title may be empty.
    MailLink { title: &'a str },
    /// Recordings go to the trash.
    GoingSoon(&'a Going),
    /// An answer by mail became no comment. `subject`: of the answer; `has_words`: what was written follows.
    NotTaken {
        why: Refused,
        subject: Option<&'a str>,
        has_words: bool,
    },
    /// Whoever runs the server looks whether mails arrive.
    Test,
}

/// What goes to the trash; days as [`Texts::day`] writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    pub count: usize,
    /// In so many days.
    pub days: u64,
    /// The first day.
    pub first: String,
    /// Titles, which may be empty, each with its day.
    pub named: Vec<(String, String)>,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// What following its link does; of a mail without a link nobody sees it.
    pub label: &'static str,
}

fn said(subject: &str, paragraphs: &[&str], label: &'static str) -> Said {
    Said {
        subject: subject.to_owned(),
        paragraphs: paragraphs.iter().map(|it| (*it).to_owned()).collect(),
        label,
    }
}

/// What is said below notices, and beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notes {
    /// A recording without a title.
    pub a_recording: &'static str,
    /// Of a mail that can be answered.
    pub answer: &'static str,
    /// Of one that cannot: it is about no thread, or about several, or the server takes none.
    pub no_answer: &'static str,
    /// Leads to the settings.
    pub settings: &'static str,
    /// Turns such mails off.
    pub off: &'static str,
    /// A notification without its words.
    pub something: &'static str,
}

/// All texts in one language.
pub trait Texts: Sync {
    fn letter(&self, about: &About<'_>) -> Said;

    /// Who sends a mail, below it.
    fn foot(&self, server: &str, address: &str) -> String;

    fn day(&self, date: jiff::civil::Date) -> String;

    /// What happened, without where. `by` is empty where nobody's name is known.
    fn happened(&self, kind: Kind, by: &str) -> String;

    /// A recording and a moment of it, such as `1:23`.
    fn place(&self, title: &str, clock: &str) -> String;

    /// What following the link of a notice does.
    fn button(&self, kind: Kind) -> &'static str;

    /// So many notices at once.
    fn several(&self, count: usize) -> String;

    /// So many that are not listed.
    fn left_out(&self, count: usize) -> String;

    fn notes(&self) -> Notes;
}

/// Those of a language.
pub fn texts(language: PageLanguage) -> &'static dyn Texts {
    match language {
        PageLanguage::English => &english::English,
        PageLanguage::German => &german::German,
    }
}
