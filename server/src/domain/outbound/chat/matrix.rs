//! Matrix, by the client-server API with an access token.
//!
//! After spec.matrix.org, Client-Server API: "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}" (the same transaction
//! id is one message, however often it is sent), "m.room.message msgtypes: m.notice, org.matrix.custom.html", "User and room
//! mentions" (an empty `m.mentions` mentions nobody), "Rate limiting" (429 `M_LIMIT_EXCEEDED` with `Retry-After`, or the older
//! `retry_after_ms`), "Standard error response" (`M_UNKNOWN_TOKEN`, `M_FORBIDDEN`).

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::super::message::{Card, cut};
use super::super::retry::Outcome;
use super::{Answer, LONGEST, common, strict};
use crate::domain::mail::escape;

/// An event holds 65,536 bytes with everything.
const WORDS: usize = 3000;

/// Where the message is put: once, however often that is tried under this id.
pub fn address(server: &Url, room: &str, transaction: &str) -> Url {
    let mut url = server.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend([
            "_matrix",
            "client",
            "v3",
            "rooms",
            room,
            "send",
            "m.room.message",
            transaction,
        ]);
    }
    url
}

pub fn body(card: &Card) -> Value {
    let (headline, title) = (cut(&card.headline, 300), cut(&card.title, 150));
    let words = card.words.as_deref().map(|it| cut(it, WORDS));
    let moment = card.moment.as_deref();
    let mut plain = format!("{headline}: {title}");
    let url = escape(&card.url);
    let mut html = format!(
        "<p>{}<br><strong><a href=\"{url}\">{}</a></strong></p>",
        escape(&headline),
        escape(&title)
    );
    if let Some(words) = &words {
        let at = moment.map_or_else(String::new, |it| format!("{it}  "));
        plain += &format!("\n{at}{words}");
        let at = moment.map_or_else(String::new, |it| format!("<strong>{it}</strong>  "));
        let lines = escape(words).replace('\n', "<br>");
        html += &format!("<blockquote>{at}{lines}</blockquote>");
    }
    plain += &format!("\n{}: {}", card.button, card.url);
    html += &format!("<p><a href=\"{url}\">{}</a></p>", escape(&card.button));
    json!({
        "msgtype": "m.notice",
        "body": plain,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": {},
    })
}

pub fn read(answer: &Answer<'_>) -> Outcome {
    if answer.status == 429
        && let Outcome::NotNow { why, wait, .. } = common(answer)
    {
        let older = answer.json()["retry_after_ms"].as_u64();
        let older = older.map(|ms| Duration::from_millis(ms).min(LONGEST));
        return Outcome::NotNow {
            why,
            wait: wait.or(older),
            paced: true,
        };
    }
    strict(answer)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, hostile, long};
    use super::*;

    #[test]
    fn words_mention_nobody_and_make_no_link() {
        let told = body(&hostile());
        assert_eq!(told["m.mentions"], json!({}));
        let html = told["formatted_body"].as_str().unwrap();
        assert_eq!(html.matches("<a ").count(), 2, "{html}");
        assert!(
            !html.contains("<script") && !html.contains("<https"),
            "{html}"
        );
        assert!(body(&long()).to_string().len() < 65_536);
    }

    #[test]
    fn a_room_and_a_transaction_are_pieces_of_the_path() {
        let server = Url::parse("https://matrix.example.org/").unwrap();
        assert_eq!(
            address(&server, "!a/b:example.org", "msg_1").as_str(),
            "https://matrix.example.org/_matrix/client/v3/rooms/!a%2Fb:example.org/send/m.room.message/msg_1"
        );
    }

    #[test]
    fn the_errors_of_the_specification() {
        assert_eq!(read(&answer(200, br#"{"event_id":"$1"}"#)), Outcome::Taken);
        let limit = br#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too many","retry_after_ms":2000}"#;
        let wait = Some(Duration::from_secs(2));
        let paced = read(&answer(429, limit));
        assert!(
            matches!(&paced, Outcome::NotNow { wait: it, paced: true, .. } if *it == wait),
            "{paced:?}"
        );
        let unknown = br#"{"errcode":"M_UNKNOWN_TOKEN","error":"x"}"#;
        assert!(matches!(read(&answer(401, unknown)), Outcome::Gone { .. }));
    }
}
