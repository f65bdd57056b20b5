//! Slack, by an incoming webhook.
//!
//! After docs.slack.dev: "Sending messages using incoming webhooks" (request, "Handling errors"), "Block Kit: header, section,
//! context, actions and image block" (their limits), "Text object" (`plain_text` reads no markup), "Formatting message text:
//! Escaping text" (`&`, `<` and `>` in the fallback), "Rate limits" (429 with `Retry-After` in seconds).

use serde_json::{Value, json};

use super::super::message::{Card, cut};
use super::super::retry::Outcome;
use super::{Answer, strict};

/// "Header block": 150 characters; "Section block": 3000.
const HEADER: usize = 150;
const SECTION: usize = 3000;

pub fn body(card: &Card) -> Value {
    let plain = |text: &str, limit| json!({ "type": "plain_text", "text": cut(text, limit), "emoji": false });
    let mut blocks = vec![
        json!({ "type": "context", "elements": [plain(&card.headline, 300)] }),
        json!({ "type": "header", "text": plain(&card.title, HEADER) }),
    ];
    if let Some(words) = &card.words {
        let words = match &card.moment {
            Some(moment) => format!("{moment}  {words}"),
            None => words.clone(),
        };
        blocks.push(json!({ "type": "section", "text": plain(&words, SECTION) }));
    }
    if let Some(picture) = &card.picture {
        blocks.push(
            json!({ "type": "image", "image_url": picture, "alt_text": cut(&card.title, 1000) }),
        );
    }
    let button = json!({ "type": "button", "text": plain(&card.button, 75), "url": card.url, "action_id": "open", "style": "primary" });
    blocks.push(json!({ "type": "actions", "elements": [button] }));
    let fallback = format!("{}: {}", cut(&card.headline, 300), cut(&card.title, HEADER));
    json!({
        "text": escape(&fallback),
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

pub fn read(answer: &Answer<'_>) -> Outcome {
    strict(answer)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, hostile, long};
    use super::*;

    #[test]
    fn words_stand_where_no_markup_is_read() {
        let body = body(&hostile());
        let texts = body["blocks"].as_array().unwrap().iter();
        let typed = texts.filter_map(|it| it["text"]["type"].as_str());
        assert!(typed.clone().count() == 2 && typed.into_iter().all(|it| it == "plain_text"));
        assert!(!body.to_string().contains("mrkdwn"));
        let fallback = body["text"].as_str().unwrap();
        assert!(!fallback.contains(['<', '>']), "{fallback}");
        assert_eq!(
            body["blocks"][4]["elements"][0]["url"],
            "https://aside.test/w/abc?t=83"
        );
    }

    #[test]
    fn what_is_long_is_cut_to_what_a_block_may_hold() {
        let body = body(&long());
        let chars = |it: &Value| it.as_str().unwrap().chars().count();
        assert_eq!(chars(&body["blocks"][1]["text"]["text"]), HEADER);
        assert_eq!(chars(&body["blocks"][2]["text"]["text"]), SECTION);
    }

    #[test]
    fn the_errors_of_the_documentation() {
        let never = read(&answer(400, b"invalid_payload"));
        assert!(matches!(never, Outcome::Never { .. }), "{never:?}");
        for (status, word) in [
            (403, "action_prohibited"),
            (404, "no_service"),
            (410, "channel_is_archived"),
        ] {
            let gone = read(&answer(status, word.as_bytes()));
            assert!(
                matches!(&gone, Outcome::Gone { why } if why.contains(word)),
                "{gone:?}"
            );
        }
        let again = read(&answer(500, b"rollup_error"));
        assert!(matches!(again, Outcome::NotNow { paced: false, .. }));
        assert_eq!(read(&answer(200, b"ok")), Outcome::Taken);
    }
}
