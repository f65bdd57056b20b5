//! Whom a comment mentions. Its words hold a marker with the id, such as `<@user:0192…>`; the name is put in its place when
//! somebody reads it, with the rights of the reader. Pure.

use std::fmt;

use aside_protocol::id::{GroupId, TokenId, UserId};
use uuid::Uuid;

/// Of one comment.
pub const MAX_MENTIONS: usize = 20;
/// In place of a name that the reader may not know, or that nobody has any more.
pub const SOMEBODY: &str = "somebody";

/// Somebody, or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mentioned {
    User(UserId),
    Group(GroupId),
    /// Somebody without an account who gave a name here.
    Guest(TokenId),
}

/// A mention as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub who: Mentioned,
    /// Of now; none when there is nobody any more.
    pub name: Option<String>,
    /// They own the recording or write in the thread: whoever reads it sees their name there.
    pub in_thread: bool,
    /// They are one of those with whom the recording is shared by name, or its owner.
    pub named: bool,
}

impl Mentioned {
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Guest(_) => "guest",
        }
    }

    pub const fn id(self) -> Uuid {
        match self {
            Self::User(UserId(id)) | Self::Group(GroupId(id)) | Self::Guest(TokenId(id)) => id,
        }
    }
}

/// The marker.
impl fmt::Display for Mentioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<@{}:{}>", self.kind(), self.id())
    }
}

/// Of a UUID with hyphens.
const ID_LEN: usize = 36;

/// The marker at the beginning of `text` between `open` and `close`, and its length.
fn marker(text: &str, open: &str, close: &str) -> Option<(Mentioned, usize)> {
    let (kind, rest) = text.strip_prefix(open)?.split_once(':')?;
    let id = rest.get(..ID_LEN)?;
    if !rest.get(ID_LEN..)?.starts_with(close) {
        return None;
    }
    let id = Uuid::try_parse(id).ok()?;
    let who = match kind {
        "user" => Mentioned::User(UserId(id)),
        "group" => Mentioned::Group(GroupId(id)),
        "guest" => Mentioned::Guest(TokenId(id)),
        _ => return None,
    };
    Some((who, open.len() + kind.len() + 1 + ID_LEN + close.len()))
}

/// Who is mentioned in the words, in order, each as often as they are.
pub fn mentioned(body: &str) -> Vec<Mentioned> {
    body.match_indices("<@")
        .filter_map(|(at, _)| marker(body.get(at..)?, "<@", ">"))
        .map(|(who, _)| who)
        .collect()
}

/// The words with `name` in place of each marker.
pub fn plain(body: &str, name: impl Fn(Mentioned) -> String) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find("<@") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = match marker(from, "<@", ">") {
            Some((who, length)) => {
                out.push('@');
                out.push_str(&name(who));
                from.get(length..).unwrap_or_default()
            }
            None => {
                out.push_str("<@");
                from.get(2..).unwrap_or_default()
            }
        };
    }
    out + rest
}

/// Rendered and sanitised words with `name` in place of each marker: in text only, never within a tag.
pub fn in_html(html: &str, name: impl Fn(Mentioned) -> String) -> String {
    const OPEN: &str = "&lt;@";
    if !html.contains(OPEN) {
        return html.to_owned();
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = if from.starts_with('<') {
            tag_length(from)
        } else if let Some((who, length)) = marker(from, OPEN, "&gt;") {
            out.push_str("<bdi class=\"mention\">@");
            out.push_str(&escaped(&name(who)));
            out.push_str("</bdi>");
            rest = from.get(length..).unwrap_or_default();
            continue;
        } else {
            1
        };
        let (kept, after) = from.split_at(length);
        out.push_str(kept);
        rest = after;
    }
    out + rest
}

/// Of the tag at the beginning, in bytes; a `>` within quotes does not end it.
fn tag_length(html: &str) -> usize {
    let mut quoted = false;
    for (at, c) in html.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + 1,
            _ => {}
        }
    }
    html.len()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::markdown::to_html;
    use proptest::prelude::*;

    fn user(n: u8) -> Mentioned {
        Mentioned::User(UserId(Uuid::from_bytes([n; 16])))
    }

    #[test]
    fn markers_are_found_in_order_and_what_only_looks_like_one_stays_text() {
        let guest = Mentioned::Guest(TokenId(Uuid::from_bytes([7; 16])));
        let body = format!("{} and <@user:nobody> <@{guest}, {} <@", user(1), user(1));
        assert_eq!(mentioned(&body), [user(1), guest, user(1)]);
        assert_eq!(
            plain(&body, |who| who.kind().to_owned()),
            "@user and <@user:nobody> <@@guest, @user <@"
        );
        for not in [
            "<@admin:01010101-0101-0101-0101-010101010101>",
            "<@user:01010101-0101-0101-0101-01010101010é>",
            "<@user:01010101010101010101010101010101>",
            "<@user:01010101-0101-0101-0101-010101010101",
        ] {
            assert_eq!(mentioned(not), [], "{not}");
            assert_eq!(plain(not, |_| String::new()), not);
        }
    }

    #[test]
    fn a_name_takes_the_place_of_the_marker_and_cannot_become_html() {
        let html = to_html(&format!("**hm** {}, look", user(1)));
        let evil = |_| "<img src=x onerror=\"alert(1)\">".to_owned();
        assert_eq!(
            in_html(&html, evil),
            "<p><strong>hm</strong> <bdi class=\"mention\">@&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</bdi>, look</p>\n"
        );
    }

    #[test]
    fn a_marker_in_the_address_of_a_link_is_left_alone() {
        let html = format!(
            "<a href=\"https://x/&lt;@user:{}&gt;>\">{}</a>",
            user(1).id(),
            to_html(&user(1).to_string())
        );
        let named = in_html(&html, |_| "Jo".to_owned());
        assert!(named.contains(&format!(
            "href=\"https://x/&lt;@user:{}&gt;>\"",
            user(1).id()
        )));
        assert_eq!(named.matches("@Jo").count(), 1, "{named}");
    }

    proptest! {
        #[test]
        fn whatever_the_words_are_they_stay_whole(words in prop::collection::vec(prop_oneof![
            Just("<@".to_owned()), Just("user:".to_owned()), Just(">".to_owned()), Just("&".to_owned()), Just("é\u{1f600}".to_owned()),
            Just("<@user:01010101-0101-0101-0101-010101010101>".to_owned()), "\\PC{0,6}",
        ], 0..20)) {
            let body = words.concat();
            let back = plain(&body, |_| "\u{0}".to_owned()).replace("@\u{0}", &user(1).to_string());
            prop_assert_eq!(&back, &body);
            let html = to_html(&body);
            let named = in_html(&html, |_| "\u{1}".to_owned());
            prop_assert_eq!(named.matches('<').count() - 2 * named.matches("@\u{1}").count(), html.matches('<').count());
        }
    }
}
