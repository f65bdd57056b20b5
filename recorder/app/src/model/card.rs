//! The recording that was just made: its name, its link, who can see it.

use serde::Deserialize;

use super::EngineId;
use super::take::{End, Take};

/// What is shown after stop.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub engine: EngineId,
    pub take: Take,
    /// As typed.
    pub title: String,
    /// As the server has it.
    pub saved_title: String,
    /// `link` or `members`; not known before the server said it.
    pub audience: Option<String>,
    /// Why the last change was not made.
    pub problem: Option<String>,
}

/// A recording whose card was put away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// Empty: not named.
    pub title: String,
    pub url: String,
}

impl Last {
    /// `None`: nothing can be watched of it.
    pub(super) fn of(card: Card) -> Option<Self> {
        let on_server = card.is_on_server();
        let title = card.saved_title;
        let url = card.take.url.filter(|_| on_server)?;
        Some(Self { title, url })
    }
}

/// What `aside change --json` says.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub(super) title: String,
    pub(super) audience: String,
    pub(super) url: String,
}

impl Card {
    pub(super) const fn new(engine: EngineId, take: Take) -> Self {
        Self {
            engine,
            take,
            title: String::new(),
            saved_title: String::new(),
            audience: None,
            problem: None,
        }
    }

    /// The server has the recording, so that it can be named and shared.
    pub const fn is_on_server(&self) -> bool {
        matches!(self.take.end, Some(End::Uploaded))
    }

    /// The title that is to be saved.
    pub fn new_title(&self) -> Option<&str> {
        let title = self.title.trim();
        (title != self.saved_title).then_some(title)
    }
}
