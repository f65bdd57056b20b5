//! Mattermost, by an incoming webhook.
//!
//! After docs.mattermost.com: "Incoming webhooks" (request; `<!channel>` and `<URL|text>` of Slack are read as well), "Message
//! attachments" (`fallback`, `author_name`, `title`, `title_link`, `text`, `image_url`), "Format messages" (a backslash takes the
//! meaning from a mark), "Mention people: @channel, @all, @here", "API: Rate limiting" (429 with `X-Ratelimit-Reset`, seconds).

use serde_json::{Value, json};

use super::super::message::{Card, cut};
use super::super::retry::Outcome;
use super::{Answer, common, seconds, strict};

/// A post holds 16,383 characters; escaped text is up to three times as long.
const WORDS: usize = 3000;
/// Behind `@` and `<`, so that the server makes no mention of what follows. It takes no place.
const JOINER: char = '\u{2060}';

pub fn body(card: &Card) -> Value {
    let mut text = card.words.as_deref().map_or_else(String::new, |words| {
        let words = escape(&cut(words, WORDS));
        match &card.moment {
            Some(moment) => format!("**{moment}**  {words}\n\n"),
            None => format!("{words}\n\n"),
        }
    });
    // Buttons of an attachment call back; a link is what one can follow.
    text += &format!("[{}]({})", card.button, card.url);
    let mut attachment = json!({
        "fallback": format!("{}: {}", escape(&cut(&card.headline, 300)), escape(&cut(&card.title, 150))),
        "color": "#4f4bbd",
        "author_name": escape(&cut(&card.headline, 300)),
        "title": escape(&cut(&card.title, 150)),
        "title_link": card.url,
        "text": text,
    });
    if let Some(picture) = &card.picture {
        attachment["image_url"] = picture.as_str().into();
    }
    json!({ "attachments": [attachment] })
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(letter);
        if matches!(letter, '@' | '<') {
            out.push(JOINER);
        }
    }
    out
}

pub fn read(answer: &Answer<'_>) -> Outcome {
    if answer.status == 429
        && let Outcome::NotNow { why, wait, .. } = common(answer)
    {
        let reset = answer.reset.and_then(|it| it.trim().parse().ok());
        return Outcome::NotNow {
            why,
            wait: wait.or_else(|| reset.and_then(seconds)),
            paced: true,
        };
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
        assert!(body["text"].is_null());
        let all = body.to_string();
        for mention in [
            "@channel",
            "@here",
            "@everyone",
            "<!here>",
            "<!channel>",
            "<@U1",
        ] {
            assert!(!all.contains(mention), "{mention}: {all}");
        }
        let text = body["attachments"][0]["text"].as_str().unwrap();
        assert_eq!(text.matches("](").count(), 1, "{text}");
        assert!(text.ends_with("[Open at 1:23](https://aside.test/w/abc?t=83)"));
        assert!(text.contains("https\\:\\/\\/evil"), "{text}");
    }

    #[test]
    fn what_is_long_fits_into_a_post() {
        let text = body(&long())["attachments"][0]["text"].to_string();
        assert!(text.chars().count() < 16_383);
    }

    #[test]
    fn the_errors_of_the_documentation() {
        assert_eq!(read(&answer(200, b"ok")), Outcome::Taken);
        let limit = Answer {
            reset: Some("3"),
            ..answer(429, b"limit exceeded")
        };
        let wait = Some(Duration::from_secs(3));
        let paced = read(&limit);
        assert!(
            matches!(&paced, Outcome::NotNow { wait: it, paced: true, .. } if *it == wait),
            "{paced:?}"
        );
        assert!(matches!(read(&answer(404, b"{}")), Outcome::Gone { .. }));
    }
}
