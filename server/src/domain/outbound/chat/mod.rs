//! Cards for chats, and what their answers mean, one file each. None of the real services was reached: each file says which
//! documentation it follows. Words of people stand where no markup is read, or are escaped, so that they mention nobody and
//! hide no link.

pub mod discord;
pub mod matrix;
pub mod mattermost;
pub mod slack;
pub mod teams;

use std::time::Duration;

use serde_json::Value;

use super::retry::Outcome;

/// Longest pause that an answer may ask for.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What a receiver answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The header `X-Ratelimit-Reset`, or `Ratelimit-Reset`.
    pub reset: Option<&'a str>,
    /// The header `X-Ratelimit-Remaining`, or `Ratelimit-Remaining`.
    pub remaining: Option<&'a str>,
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// `Retry-After` in seconds (RFC 9110 §10.2.3); a date is not read.
    pub fn wait(&self) -> Option<Duration> {
        seconds(self.retry_after?.trim().parse().ok()?)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(self.body).unwrap_or(Value::Null)
    }

    /// The body, where it is one short line.
    fn line(&self) -> Option<&str> {
        let text = std::str::from_utf8(self.body).ok()?.trim();
        let plain = text.len() <= 200 && !text.contains(['\n', '<']);
        (plain && !text.is_empty()).then_some(text)
    }
}

/// None for what is no duration.
fn seconds(seconds: f64) -> Option<Duration> {
    let span = Duration::try_from_secs_f64(seconds).ok()?;
    Some(span.min(LONGEST))
}

/// What an answer means of which nothing else is known.
pub fn common(answer: &Answer<'_>) -> Outcome {
    let wait = answer.wait();
    let why = |what: &str| match answer.line() {
        Some(line) => format!("{what} ({}): {line}", answer.status),
        None => format!("{what} ({})", answer.status),
    };
    match answer.status {
        200..=299 => Outcome::Taken,
        300..=399 => Outcome::NotNow {
            why: why("it sends elsewhere, which is not followed"),
            wait: None,
            paced: false,
        },
        410 => Outcome::Gone {
            why: why("nothing is taken there any more"),
        },
        429 => Outcome::NotNow {
            why: why("it asks for a slower pace"),
            wait,
            paced: true,
        },
        400..=499 => Outcome::NotNow {
            why: why("it was refused"),
            wait: None,
            paced: false,
        },
        _ => Outcome::NotNow {
            why: why("it failed there"),
            wait,
            paced: false,
        },
    }
}

/// The same where a message that was refused is never taken, and an address that is not known never will be.
fn strict(answer: &Answer<'_>) -> Outcome {
    match (answer.status, common(answer)) {
        (400 | 413 | 422, Outcome::NotNow { why, .. }) => Outcome::Never { why },
        (401 | 403 | 404, Outcome::NotNow { why, .. }) => Outcome::Gone { why },
        (_, outcome) => outcome,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::message::Card;
    use super::*;

    /// A card of whose words every markup would make something.
    pub(in super::super) fn hostile() -> Card {
        Card {
            headline: "@everyone [x](https://evil.example) commented".to_owned(),
            title: "<!channel> *Bug* <@U1> <script>".to_owned(),
            moment: Some("1:23".to_owned()),
            words: Some(
                "@channel @here @room <!here> [click](https://evil.example) https://evil.example **b** `c`\n# head\n<https://evil.example|bank>"
                    .to_owned(),
            ),
            url: "https://aside.test/w/abc?t=83".to_owned(),
            button: "Open at 1:23".to_owned(),
            picture: Some("https://aside.test/api/watch/abc/poster".to_owned()),
        }
    }

    pub(in super::super) fn long() -> Card {
        let long = "x*".repeat(5_000);
        Card {
            headline: long.clone(),
            title: long.clone(),
            words: Some(long),
            ..hostile()
        }
    }

    pub(in super::super) const fn answer(status: u16, body: &[u8]) -> Answer<'_> {
        Answer {
            status,
            retry_after: None,
            reset: None,
            remaining: None,
            body,
        }
    }

    #[test]
    fn an_answer_means_what_its_status_says() {
        let of = |status| common(&answer(status, b"busy"));
        assert_eq!(of(204), Outcome::Taken);
        assert!(matches!(of(302), Outcome::NotNow { paced: false, .. }));
        assert!(matches!(of(410), Outcome::Gone { .. }));
        assert_eq!(of(500).why(), Some("it failed there (500): busy"));
        let paced = Answer {
            retry_after: Some("30"),
            ..answer(429, b"")
        };
        let wait = Some(Duration::from_secs(30));
        assert!(
            matches!(common(&paced), Outcome::NotNow { wait: it, paced: true, .. } if it == wait)
        );
        for odd in ["-1", "NaN", "1e300", "Wed, 21 Oct 2015 07:28:00 GMT", ""] {
            let odd = Answer {
                retry_after: Some(odd),
                ..answer(503, b"")
            };
            let wait = odd.wait();
            assert!(wait.is_none_or(|it| it <= LONGEST), "{wait:?}");
        }
    }
}
