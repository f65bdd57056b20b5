//! What a browser is told: a few words and where they lead. Pure.

use aside_protocol::id::NoticeId;
use base64::Engine as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::BASE64;
use crate::domain::notice::Kind;
use crate::domain::notice_mail::Item;
use crate::domain::page_language::PageLanguage;
use crate::domain::texts::texts;

/// For so long a push service keeps what it cannot hand over, in seconds (RFC 8030 §5.2); then only the inbox has it.
pub const TTL: u32 = 3 * 24 * 3600;

/// So many notifications one message takes back at most.
pub const MAX_CLOSED: u32 = 20;

/// Longest parts, in characters.
const TITLE: usize = 120;
const BODY: usize = 400;

/// How soon a phone that saves its battery is to be woken (RFC 8030 §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    Low,
    Normal,
    High,
}

impl Urgency {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// A message, as the service worker of the page reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PushMessage {
    pub title: String,
    pub body: String,
    /// A path of this server.
    pub url: String,
    /// What has the same is shown once.
    pub tag: String,
    /// What is shown under these was read elsewhere, and is taken back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub close: Vec<String>,
    #[serde(skip)]
    pub urgency: Urgency,
    /// In which it is written.
    #[serde(skip)]
    pub language: PageLanguage,
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}\u{2026}", kept.trim_end())
}

/// At most 32 characters of base64url, as a topic has (RFC 8030 §5.4).
fn tag(id: NoticeId) -> String {
    BASE64.encode(id.0.as_bytes())
}

/// What a notice becomes that concerns its person more is shown anew: it must not silently take the place of what it was.
const fn mark(kind: Kind) -> &'static str {
    match kind {
        Kind::Mention => "-m",
        Kind::Assigned => "-t",
        Kind::Asked => "-q",
        _ => "",
    }
}

impl PushMessage {
    /// Of one notice.
    pub fn one(notice: NoticeId, item: &Item, language: PageLanguage) -> Self {
        let texts = texts(language);
        let place = item.place(texts);
        let body = match &*item.words {
            "" => place,
            words => format!("{place}\n{words}"),
        };
        Self {
            title: cut(&item.what(texts), TITLE),
            body: cut(&body, BODY),
            url: item.url.clone(),
            tag: tag(notice) + mark(item.kind),
            close: Vec::new(),
            urgency: match item.kind {
                Kind::Mention | Kind::Assigned | Kind::Asked => Urgency::High,
                _ => Urgency::Normal,
            },
            language,
        }
    }

    /// Of all that came together; `id` is the same for the same.
    pub fn many(id: NoticeId, items: &[Item], left_out: usize, language: PageLanguage) -> Self {
        let texts = texts(language);
        let lines: Vec<String> = items.iter().map(|it| it.headline(texts)).collect();
        Self {
            title: texts.several(items.len() + left_out),
            body: cut(&lines.join("\n"), BODY),
            url: "/inbox".to_owned(),
            tag: tag(id),
            close: Vec::new(),
            urgency: Urgency::Low,
            language,
        }
    }

    /// Shows nothing, and takes these back.
    pub fn closing(close: Vec<String>) -> Self {
        let digest = Sha256::digest(close.join(" "));
        Self {
            title: String::new(),
            body: String::new(),
            url: "/inbox".to_owned(),
            // A topic of its own: it takes the place of no other that waits at the push service.
            tag: BASE64.encode(&digest[..16]),
            close,
            urgency: Urgency::Low,
            language: PageLanguage::default(),
        }
    }

    /// The same in so few bytes as it can be, for a service that takes no more.
    #[must_use]
    pub fn brief(self) -> Self {
        Self {
            title: texts(self.language).notes().something.to_owned(),
            body: String::new(),
            ..self
        }
    }

    /// JSON; at most [`super::encrypt::MAX_TEXT`] bytes.
    pub fn text(&self) -> Vec<u8> {
        // Strings always have a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::push::encrypt::MAX_TEXT;

    #[test]
    fn a_message_of_the_longest_words_and_names_fits() {
        let item = Item {
            kind: Kind::Answer,
            by: "\u{1f600}".repeat(5_000),
            title: "\u{1f600}".repeat(5_000),
            words: "\"".repeat(5_000),
            at_ms: Some(83_000),
            url: format!("/w/{}?t=1&c=2", "x".repeat(40)),
            picture: None,
        };
        let id = NoticeId::new(aside_protocol::time::Timestamp::from_micros(1), [1; 10]);
        let one = PushMessage::one(id, &item, PageLanguage::English);
        assert_eq!(one.tag.len(), 22);
        let mention = Item {
            kind: Kind::Mention,
            ..item.clone()
        };
        let mention = PushMessage::one(id, &mention, PageLanguage::English).tag;
        assert!(
            mention != one.tag && mention.len() <= 32,
            "shown beside the answer"
        );
        let many = PushMessage::many(id, &vec![item; 50], 7, PageLanguage::English);
        assert_eq!(many.title, "57 things for you");
        for mut message in [one.clone(), many, one.brief()] {
            message.close = vec!["x".repeat(32); MAX_CLOSED as usize];
            assert!(message.text().len() <= MAX_TEXT, "{message:?}");
            assert!(message.title.chars().count() <= TITLE && !message.text().is_empty());
        }
    }
}
