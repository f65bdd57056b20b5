//! Discord, by a webhook of a channel.
//!
//! After docs.discord.com: "Webhook Resource: Execute Webhook" (`with_components`: link buttons of a webhook that belongs to no
//! application; without `wait` the answer is 204), "Message Resource: Embed limits", "Allowed Mentions Object" (an empty `parse`
//! mentions nobody), "Markdown Text 101" (a backslash takes the meaning from a punctuation mark), "Rate Limits: Exceeding a rate
//! limit" (429 with `retry_after` in seconds, a fraction), "Opcodes and Status Codes: JSON error codes" (10015 Unknown Webhook).

use serde_json::{Value, json};

use super::super::message::{Card, cut};
use super::super::retry::Outcome;
use super::{Answer, common, seconds, strict};

/// "Embed limits": title 256, description 4096; escaped text is up to twice as long.
const TITLE: usize = 256;
const WORDS: usize = 1800;
/// The accent of the pages, #4f4bbd.
const COLOUR: u32 = 0x004f_4bbd;

pub fn body(card: &Card) -> Value {
    let words = card.words.as_deref().map(|words| {
        let words = escape(&cut(words, WORDS));
        match &card.moment {
            Some(moment) => format!("**{moment}**  {words}"),
            None => words,
        }
    });
    let mut embed = json!({
        // The name reads no Markdown; the title and the words do.
        "author": { "name": cut(&card.headline, TITLE) },
        "title": escape(&cut(&card.title, TITLE / 2)),
        "url": card.url,
        "color": COLOUR,
    });
    if let Some(words) = words {
        embed["description"] = words.into();
    }
    if let Some(picture) = &card.picture {
        embed["image"] = json!({ "url": picture });
    }
    // "Component Reference: Button": style 5 is a link; type 1 is the row around it.
    let button = json!({ "type": 2, "style": 5, "label": cut(&card.button, 80), "url": card.url });
    json!({
        "embeds": [embed],
        "components": [{ "type": 1, "components": [button] }],
        "allowed_mentions": { "parse": [] },
    })
}

/// Every mark loses its meaning; so a link is not made of an address either.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

pub fn read(answer: &Answer<'_>) -> Outcome {
    let told = answer.json();
    if answer.status == 429 {
        let wait = told["retry_after"].as_f64().and_then(seconds);
        if let Outcome::NotNow {
            why, wait: header, ..
        } = common(answer)
        {
            return Outcome::NotNow {
                why,
                wait: wait.or(header),
                paced: true,
            };
        }
    }
    strict(answer)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, hostile, long};
    use super::*;
    use std::time::Duration;

    #[test]
    fn words_mention_nobody_and_make_no_link() {
        let body = body(&hostile());
        assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        let words = body["embeds"][0]["description"].as_str().unwrap();
        assert!(words.starts_with("**1:23**  \\@channel"), "{words}");
        assert!(
            words.contains("https\\:\\/\\/evil") && !words.contains("](https"),
            "{words}"
        );
        assert!(body["content"].is_null());
        let title = body["embeds"][0]["title"].as_str().unwrap();
        assert!(title.starts_with("\\<\\!channel\\>"), "{title}");
    }

    #[test]
    fn what_is_long_stays_within_the_limits_of_an_embed() {
        let body = body(&long());
        let chars = |it: &Value| it.as_str().unwrap().chars().count();
        let embed = &body["embeds"][0];
        assert!(chars(&embed["description"]) <= 4096 && chars(&embed["title"]) <= 256);
        assert!(chars(&embed["author"]["name"]) <= 256);
    }

    #[test]
    fn the_errors_of_the_documentation() {
        assert_eq!(read(&answer(204, b"")), Outcome::Taken);
        let limit =
            br#"{"message":"You are being rate limited.","retry_after":0.65,"global":false}"#;
        let wait = Some(Duration::from_millis(650));
        let paced = read(&answer(429, limit));
        assert!(
            matches!(&paced, Outcome::NotNow { wait: it, paced: true, .. } if *it == wait),
            "{paced:?}"
        );
        let unknown = br#"{"message":"Unknown Webhook","code":10015}"#;
        assert!(matches!(read(&answer(404, unknown)), Outcome::Gone { .. }));
        assert!(matches!(read(&answer(400, b"{}")), Outcome::Never { .. }));
    }
}
