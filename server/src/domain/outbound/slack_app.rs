//! Slack asks for a preview of links that somebody shared there, and is answered.
//!
//! After docs.slack.dev: "Verifying requests from Slack" (`v0`, five minutes), "url_verification", "link_shared", "Unfurling links in messages",
//! "chat.unfurl" (`unfurls` by the link as it was written), "auth.test", "Rate limits". The real service was not reached.

use std::time::Duration;

use aside_protocol::time::{Timestamp, clock};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use url::Url;

use super::chat::{Answer, common};
use super::message::cut;
use super::retry::Outcome;

const FRESH: Duration = Duration::from_secs(5 * 60);
/// Links of one message that are looked at.
const MAX_LINKS: usize = 10;

/// An app of a workspace, as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlackApp {
    /// Of the Web API.
    pub url: Url,
    /// Of the bot, with the scope `links:write`.
    pub token: String,
    /// The signing secret of the app.
    pub hook: String,
}

impl std::fmt::Debug for SlackApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SlackApp {}", self.url)
    }
}

/// A request that came.
#[derive(Debug, Clone, Copy)]
pub struct Told<'h> {
    /// `X-Slack-Signature`.
    pub signature: Option<&'h str>,
    /// `X-Slack-Request-Timestamp`.
    pub at: Option<&'h str>,
    pub body: &'h [u8],
}

/// Why nothing is taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Forged,
    Stale,
    Shape,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Whether this address is ours: the same word goes back.
    Challenge(String),
    /// Previews of these links.
    Previews(Shared),
    /// Something else.
    Nothing,
}

/// Links in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Where they stand, as `chat.unfurl` wants to hear it.
    pub message: Value,
    pub links: Vec<String>,
}

/// What is told of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub link: String,
    pub title: String,
    pub owner: String,
    pub length_ms: Option<u64>,
    pub picture: Option<String>,
}

pub fn read_told(app: &SlackApp, told: &Told<'_>, now: Timestamp) -> Result<Asked, Refused> {
    let (Some(shown), Some(at)) = (told.signature, told.at) else {
        return Err(Refused::Forged);
    };
    let shown = shown
        .strip_prefix("v0=")
        .and_then(|it| hex::decode(it).ok());
    let mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(app.hook.as_bytes());
    let (Some(shown), Ok(mut mac), false) = (shown, mac, app.hook.is_empty()) else {
        return Err(Refused::Forged);
    };
    mac.update(format!("v0:{at}:").as_bytes());
    mac.update(told.body);
    mac.verify_slice(&shown).map_err(|_| Refused::Forged)?;
    let seconds: i64 = at.parse().map_err(|_| Refused::Shape)?;
    if (now.micros() / 1_000_000).abs_diff(seconds) > FRESH.as_secs() {
        return Err(Refused::Stale);
    }
    let json: Value = serde_json::from_slice(told.body).map_err(|_| Refused::Shape)?;
    let event = &json["event"];
    Ok(match (json["type"].as_str(), event["type"].as_str()) {
        (Some("url_verification"), _) => {
            let word = json["challenge"].as_str().filter(|it| it.len() <= 1024);
            Asked::Challenge(word.ok_or(Refused::Shape)?.to_owned())
        }
        (Some("event_callback"), Some("link_shared")) => {
            let mut message = Map::new();
            // Either pair says where.
            for pair in [["unfurl_id", "source"], ["channel", "message_ts"]] {
                if pair.iter().all(|it| event[*it].is_string()) {
                    for name in pair {
                        let field = if name == "message_ts" { "ts" } else { name };
                        message.insert(field.to_owned(), event[name].clone());
                    }
                    break;
                }
            }
            let links = event["links"].as_array().ok_or(Refused::Shape)?.iter();
            let links = links
                .filter_map(|it| it["url"].as_str())
                .filter(|it| it.len() <= 2048);
            let links: Vec<String> = links.take(MAX_LINKS).map(str::to_owned).collect();
            if message.is_empty() || links.is_empty() {
                return Ok(Asked::Nothing);
            }
            Asked::Previews(Shared {
                message: Value::Object(message),
                links,
            })
        }
        (Some(_), _) => Asked::Nothing,
        (None, _) => return Err(Refused::Shape),
    })
}

/// Address and body of `chat.unfurl`.
pub fn unfurl(app: &SlackApp, message: &Value, previews: &[Preview]) -> (Url, Value) {
    let plain = |text: &str, limit| json!({ "type": "plain_text", "text": cut(text, limit), "emoji": false });
    let mut unfurls = Map::new();
    for it in previews {
        let length = it
            .length_ms
            .map(|ms| format!(" · {}", clock(ms)))
            .unwrap_or_default();
        let mut blocks = vec![
            json!({ "type": "section", "text": plain(&it.title, 300) }),
            json!({ "type": "context", "elements": [plain(&format!("{}{length}", it.owner), 300)] }),
        ];
        if let Some(picture) = &it.picture {
            blocks.push(
                json!({ "type": "image", "image_url": picture, "alt_text": cut(&it.title, 1000) }),
            );
        }
        unfurls.insert(it.link.clone(), json!({ "blocks": blocks }));
    }
    let mut body = message.clone();
    body["unfurls"] = Value::Object(unfurls);
    (at(app, "chat.unfurl"), body)
}

/// The address that says whose the token is.
pub fn whose(app: &SlackApp) -> Url {
    at(app, "auth.test")
}

fn at(app: &SlackApp, method: &str) -> Url {
    let mut url = app.url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(method);
    }
    url
}

/// What the answer of the Web API means: 200 as well where it did not work.
pub fn read(answer: &Answer<'_>) -> Outcome {
    if answer.status != 200 {
        return common(answer);
    }
    let json = answer.json();
    let error = json["error"]
        .as_str()
        .unwrap_or("an answer of another shape");
    let why = |what: &str| format!("{what}: {}", cut(error, 100));
    match (json["ok"].as_bool(), error) {
        (Some(true), _) => Outcome::Taken,
        (_, "ratelimited") => Outcome::NotNow {
            why: why("Slack asks for a slower pace"),
            wait: Some(answer.wait().unwrap_or(Duration::from_secs(60))),
            paced: true,
        },
        (_, "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout") => {
            Outcome::NotNow {
                why: why("Slack does not work at the moment"),
                wait: None,
                paced: false,
            }
        }
        (
            _,
            "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive",
        ) => Outcome::Gone {
            why: why(
                "Slack does not take the token; install the app again, enter its new token, then resume",
            ),
        },
        (_, "missing_scope") => Outcome::Gone {
            why: why(
                "the app lacks the scope links:write; add it, install the app again, then resume",
            ),
        },
        _ => Outcome::Never {
            why: why("Slack does not take it"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    fn app() -> SlackApp {
        SlackApp {
            url: "https://slack.com/api".parse().unwrap(),
            token: "xoxb-1".to_owned(),
            hook: "8f742231b10e8888abcd99yyyzzz85a5".to_owned(),
        }
    }

    /// The example of "Verifying requests from Slack".
    #[test]
    fn a_signature_is_that_of_the_documentation_and_ends_after_five_minutes() {
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let told = Told {
            signature: Some("v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
            at: Some("1531420618"),
            body,
        };
        let then = Timestamp::from_micros(1_531_420_618_000_000);
        assert_eq!(
            read_told(&app(), &told, then),
            Err(Refused::Shape),
            "signed, and no JSON"
        );
        assert_eq!(read_told(&app(), &told, NOW), Err(Refused::Stale));
        let other = Told {
            at: Some("1531420619"),
            ..told
        };
        assert_eq!(read_told(&app(), &other, then), Err(Refused::Forged));
        assert_eq!(
            read_told(
                &app(),
                &Told {
                    signature: None,
                    ..told
                },
                then
            ),
            Err(Refused::Forged)
        );
    }

    #[test]
    fn what_the_web_api_says_is_understood() {
        let said = |status, body: &str| {
            let answer = Answer {
                status,
                retry_after: Some("30"),
                reset: None,
                remaining: None,
                body: body.as_bytes(),
            };
            read(&answer)
        };
        assert_eq!(said(200, r#"{"ok":true}"#), Outcome::Taken);
        assert!(matches!(
            said(200, r#"{"ok":false,"error":"invalid_auth"}"#),
            Outcome::Gone { .. }
        ));
        assert!(matches!(
            said(200, r#"{"ok":false,"error":"cannot_unfurl_url"}"#),
            Outcome::Never { .. }
        ));
        assert!(matches!(said(200, "<html>"), Outcome::Never { .. }));
        assert!(matches!(
            said(429, ""),
            Outcome::NotNow {
                paced: true,
                wait: Some(_),
                ..
            }
        ));
    }
}
