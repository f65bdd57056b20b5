//! Mails and notifications in English.

use super::{About, Going, Notes, Said, Texts, said};
use crate::domain::notice::Kind;

pub(super) struct English;

fn hello(name: &str) -> String {
    format!("Hello {name},")
}

fn invitation(by: Option<&str>, server: &str, days: i64) -> Said {
    let by = by.unwrap_or("Somebody who runs the server");
    let days = match days {
        1 => "one day".to_owned(),
        days => format!("{days} days"),
    };
    said(
        &format!("{by} invites you to {server}"),
        &[
            &format!("{by} invites you to {server}, where people send each other video messages."),
            &format!(
                "The link below makes your account. It works once, for {days}, and for this address only."
            ),
            "Do you not know what this is about? Then do nothing; without you there is no account.",
        ],
        "Make your account",
    )
}

fn going_soon(going: &Going) -> Said {
    let (what, they) = match going.count {
        1 => ("A recording of yours goes".to_owned(), "it"),
        n => (format!("{n} recordings of yours go"), "them"),
    };
    let mut paragraphs = vec![format!(
        "{what} to the trash on {} or later, because a rule of your library or of this server says so:",
        going.first
    )];
    for (title, day) in &going.named {
        let title = if title.is_empty() { "Untitled" } else { title };
        paragraphs.push(format!("{title}: {day}"));
    }
    let more = going.count.saturating_sub(going.named.len());
    if more > 0 {
        paragraphs.push(format!("and {more} more."));
    }
    paragraphs.push(format!(
        "To keep {they}, choose “Keep for good” in the library. What goes to the trash can be restored there for thirty days."
    ));
    Said {
        subject: format!("{what} to the trash in {} days", going.days),
        paragraphs,
        label: "Show what goes soon",
    }
}

impl Texts for English {
    fn letter(&self, about: &About<'_>) -> Said {
        match *about {
            About::NewPassword { name } => said(
                "Choose a new password",
                &[
                    &hello(name),
                    "somebody, probably you, asked for a new password for your account. The link works once, for an hour.",
                    "If it was not you, do nothing: your password stays as it is.",
                ],
                "Choose a new password",
            ),
            About::PasswordChanged { name } => said(
                "Your password was changed",
                &[
                    &hello(name),
                    "the password of your account was changed, and every other browser was signed out.",
                    "If this was not you, choose a new password now:",
                ],
                "I forgot my password",
            ),
            About::AddressAsked { name } => said(
                "Is this your address?",
                &[
                    &format!("{name} wants to use this address for their account."),
                    "If this is you, follow the link within a day. If not, do nothing.",
                ],
                "This is my address",
            ),
            About::AddressTaken => said(
                "You have an account already",
                &[
                    "Somebody wanted to use this address for another account. Nothing was changed: it is that of your account.",
                ],
                "Sign in",
            ),
            About::AddressChanged { name, email } => said(
                "Your address was changed",
                &[
                    &hello(name),
                    &format!(
                        "your account has the address {email} now. Mails for it go there, and you sign in with it."
                    ),
                    "If this was not you, tell whoever runs this server.",
                ],
                "",
            ),
            About::Invitation { by, server, days } => invitation(by, server, days),
            About::MailLink { title } => {
                let what = match title {
                    "" => "a recording".to_owned(),
                    title => format!("“{title}”"),
                };
                said(
                    "A recording for you",
                    &[
                        &format!(
                            "Somebody, probably you, asked to watch {what}, which is shared with this address."
                        ),
                        "The link shows that this mailbox is yours: pass it on to nobody. It works for a day, in every browser.",
                    ],
                    "Watch it",
                )
            }
            About::GoingSoon(going) => going_soon(going),
            About::NotTaken {
                why,
                subject,
                has_words,
            } => {
                let about = subject.map_or_else(String::new, |it| format!(" ({it})"));
                said(
                    "Your answer was not taken",
                    &[
                        &format!("Your answer by mail{about} did not become a comment."),
                        &why.to_string(),
                        if has_words {
                            "This is what you wrote:"
                        } else {
                            "Nothing of it was kept here."
                        },
                    ],
                    "Your inbox",
                )
            }
            About::Test => said(
                "A test mail",
                &[
                    "Somebody ran aside-server doctor --mail to see whether mails arrive. This one did.",
                ],
                "",
            ),
        }
    }

    fn foot(&self, server: &str, address: &str) -> String {
        format!("{server} at {address}")
    }

    /// Such as `8 January 2026`.
    fn day(&self, date: jiff::civil::Date) -> String {
        date.strftime("%-d %B %Y").to_string()
    }

    fn happened(&self, kind: Kind, by: &str) -> String {
        let by = if by.is_empty() { "Somebody" } else { by };
        match kind {
            Kind::Mention => format!("{by} mentioned you"),
            Kind::Assigned => format!("{by} assigned a thread to you"),
            Kind::Answer => format!("{by} answered"),
            Kind::Comment | Kind::Followed => format!("{by} commented"),
            Kind::Asked => format!("{by} asks for access"),
            Kind::Shared => format!("{by} shared a recording with you"),
            Kind::Given => format!("{by} gave a recording to you"),
            Kind::Published => format!("{by} recorded something"),
            Kind::Resolved => format!("{by} resolved a thread"),
            Kind::Required => format!("{by} asks you to watch a recording"),
            Kind::Reminder => "A recording still waits for you to watch it".to_owned(),
            Kind::Stopped => "Nothing is sent to one of your destinations any more".to_owned(),
        }
    }

    fn place(&self, title: &str, clock: &str) -> String {
        format!("{title} at {clock}")
    }

    fn button(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Asked => "Answer",
            Kind::Stopped => "See what went wrong",
            Kind::Shared | Kind::Given | Kind::Published | Kind::Required | Kind::Reminder => {
                "Watch"
            }
            Kind::Mention
            | Kind::Assigned
            | Kind::Answer
            | Kind::Comment
            | Kind::Followed
            | Kind::Resolved => "Open at this moment",
        }
    }

    fn several(&self, count: usize) -> String {
        format!("{count} things for you")
    }

    fn left_out(&self, count: usize) -> String {
        format!("{count} more are in your inbox.")
    }

    fn notes(&self) -> Notes {
        Notes {
            a_recording: "a recording",
            answer: "Answer this mail to answer in the thread.",
            no_answer: "Answer on the page: an answer to this mail reaches none of the people in it.",
            settings: "How you are told",
            off: "No more mails like this",
            something: "Something new for you",
        }
    }
}
