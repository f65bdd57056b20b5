//! Why an answer was not taken, and the mail back that says so. It holds the person's own words, so that nothing is lost.

use aside_protocol::text::line;

use crate::domain::account::Email;
use crate::domain::comment::CommentError;
use crate::domain::mail::Letter;
use crate::domain::page_language::PageLanguage;
use crate::domain::texts::About;

/// Characters of the own words that go back.
const MAX_WORDS: usize = 20_000;

/// Why an answer was not taken. What it says tells nothing of a recording that its reader may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(
        "The address you answered to is too old: such addresses count for a year at most. Open the page to answer there."
    )]
    TooOld,
    #[error(
        "The address you answered to was made for somebody else, or for another mail address of yours. It takes answers only from the address to which its mail was sent."
    )]
    OtherSender,
    #[error(
        "The mail server could not prove that your mail comes from the address it names, so it may have been written by somebody else."
    )]
    NotProved,
    #[error("You cannot comment there (any more), or what you answered is gone.")]
    NoAccess,
    #[error("Your mail is too large. Send it without files, or open the page to answer there.")]
    TooLarge,
    #[error("Your mail consists of too many parts within each other, so it was not read.")]
    TooComplex,
    #[error(
        "There were no words of your own in your mail beside what it quotes. Write above the quoted mail."
    )]
    Empty,
    #[error("{0}")]
    Comment(#[from] CommentError),
    #[error(
        "More answers came from you within an hour than people write. The next ones are dropped without a word until an hour has passed."
    )]
    TooMany,
}

impl Refused {
    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooOld => "too_old",
            Self::OtherSender => "other_sender",
            Self::NotProved => "not_proved",
            Self::NoAccess => "no_access",
            Self::TooLarge => "too_large",
            Self::TooComplex => "too_complex",
            Self::Empty => "empty",
            Self::Comment(_) => "comment",
            Self::TooMany => "too_many",
        }
    }
}

/// The mail back. `words`: what they wrote, as far as it was read; `page`: where they can answer.
pub fn letter(
    to: Email,
    language: PageLanguage,
    why: Refused,
    subject: Option<&str>,
    words: &str,
    page: String,
) -> Letter {
    let subject = subject.map(line).filter(|it| !it.is_empty());
    let words = words.trim();
    let about = About::NotTaken {
        why,
        subject: subject.as_deref(),
        has_words: !words.is_empty(),
    };
    let mut letter = Letter::about(to, language, &about, Some(page));
    let shown: String = words.chars().take(MAX_WORDS).collect();
    let lines = shown.lines().filter(|it| !it.trim().is_empty());
    letter.paragraphs.extend(lines.map(str::to_owned));
    if words.chars().nth(MAX_WORDS).is_some() {
        letter.paragraphs.push("[…]".to_owned());
    }
    letter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_back_says_why_and_has_the_words() {
        let to: Email = "mo@example.org".parse().unwrap();
        let page = "https://aside.test/inbox".to_owned();
        let it = letter(
            to.clone(),
            PageLanguage::English,
            Refused::OtherSender,
            Some("Re: a\r\nBcc: b"),
            " one\n\ntwo ",
            page.clone(),
        );
        let text = it.text("https://aside.test");
        assert!(text.contains("made for somebody else"), "{text}");
        assert!(
            text.contains("This is what you wrote:\n\none\n\ntwo\n"),
            "{text}"
        );
        assert!(!text.contains("\nBcc:"), "{text}");
        let it = letter(to, PageLanguage::English, Refused::Empty, None, "", page);
        assert!(it.text("s").contains("Nothing of it was kept here."));
    }
}
