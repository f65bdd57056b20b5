//! Where something is sent: addresses and the secrets that belong to them.

use serde::{Deserialize, Serialize};
use url::Url;

use super::signature::Secrets;
use super::slack_app::SlackApp;
use super::tracker::{Lacking, Tracker, TrackerKind};
use crate::domain::names::names;
use crate::entropy::Entropy;

/// Longest address.
const MAX_URL: usize = 2048;
/// Longest access token, and longest id of a room.
const MAX_TOKEN: usize = 1024;
const MAX_ROOM: usize = 255;

/// What is spoken there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DestinationKind)]
pub enum Way {
    /// Signed JSON, after the Standard Webhooks specification.
    Webhook,
    Slack,
    /// Microsoft Teams, by a workflow.
    Teams,
    Discord,
    Mattermost,
    Matrix,
    Github,
    Gitlab,
    Jira,
    Linear,
    /// An app of a Slack workspace, which asks for previews of links.
    SlackApp,
}

names!(Way, "kind of destination", {
    Webhook: "webhook",
    Slack: "slack",
    Teams: "teams",
    Discord: "discord",
    Mattermost: "mattermost",
    Matrix: "matrix",
    Github: "github",
    Gitlab: "gitlab",
    Jira: "jira",
    Linear: "linear",
    SlackApp: "slack_app",
});

impl Way {
    /// The tracker that it is; none: it is told by rules.
    pub const fn tracker(self) -> Option<TrackerKind> {
        match self {
            Self::Github => Some(TrackerKind::Github),
            Self::Gitlab => Some(TrackerKind::Gitlab),
            Self::Jira => Some(TrackerKind::Jira),
            Self::Linear => Some(TrackerKind::Linear),
            _ => None,
        }
    }
}

/// Where, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Target {
    Webhook {
        url: Url,
        secrets: Secrets,
    },
    Slack {
        url: Url,
    },
    Teams {
        url: Url,
    },
    Discord {
        url: Url,
    },
    Mattermost {
        url: Url,
    },
    Matrix {
        /// Of the homeserver's client API, such as `https://matrix.example.org`.
        url: Url,
        /// Such as `!abc:example.org`.
        room: String,
        token: String,
    },
    Tracker(Tracker),
    SlackApp(SlackApp),
}

/// As somebody wrote it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub url: String,
    pub room: String,
    pub token: String,
    /// Of a tracker, as the rest.
    pub project: String,
    pub account: String,
    pub hook: String,
}

/// Why nothing can be sent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error(
        "A whole address is needed, such as https://example.org/hook, without a name or a password in it."
    )]
    Url,
    #[error("A room has an id such as !abc:example.org; its settings show it.")]
    Room,
    #[error("An access token is needed, of the account that writes.")]
    Token,
    #[error(
        "A project is needed: OWNER/REPO of GitHub, a path such as GROUP/PROJECT of GitLab, a KEY of Jira (KEY/Bug for issues of another type than Task), the key of a team of Linear."
    )]
    Project,
    #[error(
        "The account is the mail address that belongs to the API token in Jira Cloud; nothing for the token of a server of one's own."
    )]
    Account,
    #[error("A secret of at most 1024 letters, digits and marks is needed.")]
    Hook,
}

impl TargetError {
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Room => "room",
            Self::Token => "token",
            Self::Project => "project",
            Self::Account => "account",
            Self::Hook => "hook",
        }
    }
}

impl Target {
    /// What somebody wrote, if something can be sent there.
    pub fn new(way: Way, wanted: &Wanted, entropy: &dyn Entropy) -> Result<Self, TargetError> {
        if let Some(kind) = way.tracker() {
            return tracker(kind, wanted, entropy).map(Self::Tracker);
        }
        if way == Way::SlackApp {
            return slack_app(wanted).map(Self::SlackApp);
        }
        let url = checked_url(&wanted.url)?;
        Ok(match way {
            Way::Webhook => Self::Webhook {
                url,
                secrets: Secrets::new(entropy),
            },
            Way::Slack => Self::Slack { url },
            Way::Teams => Self::Teams { url },
            Way::Discord => Self::Discord { url },
            Way::Mattermost => Self::Mattermost { url },
            Way::Matrix => {
                let (room, token) = (wanted.room.trim(), wanted.token.trim());
                let visible = |text: &str| text.chars().all(|it| it.is_ascii_graphic());
                if !room.starts_with('!') || room.len() > MAX_ROOM || !visible(room) {
                    return Err(TargetError::Room);
                }
                if token.is_empty() || token.len() > MAX_TOKEN || !visible(token) {
                    return Err(TargetError::Token);
                }
                Self::Matrix {
                    url,
                    room: room.to_owned(),
                    token: token.to_owned(),
                }
            }
            Way::Github | Way::Gitlab | Way::Jira | Way::Linear | Way::SlackApp => {
                return Err(TargetError::Url);
            }
        })
    }

    /// The same with what somebody wrote anew; what is empty stays, and so does the signing secret. An access token is shown to
    /// nobody, and goes to no other server than the one it was given for.
    pub fn changed(self, wanted: &Wanted, entropy: &dyn Entropy) -> Result<Self, TargetError> {
        let kept = |text: &str, old: &str| match text.trim() {
            "" => old.to_owned(),
            text => text.to_owned(),
        };
        let (room, token) = match &self {
            Self::Matrix { room, token, .. } => (room.as_str(), token.as_str()),
            Self::Tracker(it) => ("", it.token.as_str()),
            Self::SlackApp(it) => ("", it.token.as_str()),
            _ => ("", ""),
        };
        let (project, account, hook) = match &self {
            Self::Tracker(it) => (it.project.as_str(), it.account.as_str(), it.hook.as_str()),
            Self::SlackApp(it) => ("", "", it.hook.as_str()),
            _ => ("", "", ""),
        };
        let url = kept(&wanted.url, self.url().as_str());
        let elsewhere = checked_url(&url)?.origin() != self.url().origin();
        let holds_token = matches!(
            self,
            Self::Matrix { .. } | Self::Tracker(_) | Self::SlackApp(_)
        );
        if holds_token && elsewhere && wanted.token.trim().is_empty() {
            return Err(TargetError::Token);
        }
        let wanted = Wanted {
            url,
            room: kept(&wanted.room, room),
            token: kept(&wanted.token, token),
            project: kept(&wanted.project, project),
            account: kept(&wanted.account, account),
            hook: kept(&wanted.hook, hook),
        };
        let new = Self::new(self.way(), &wanted, entropy)?;
        Ok(match (self, new) {
            (Self::Webhook { secrets, .. }, Self::Webhook { url, .. }) => {
                Self::Webhook { url, secrets }
            }
            (_, new) => new,
        })
    }

    pub const fn way(&self) -> Way {
        match self {
            Self::Webhook { .. } => Way::Webhook,
            Self::Slack { .. } => Way::Slack,
            Self::Teams { .. } => Way::Teams,
            Self::Discord { .. } => Way::Discord,
            Self::Mattermost { .. } => Way::Mattermost,
            Self::Matrix { .. } => Way::Matrix,
            Self::Tracker(it) => match it.kind {
                TrackerKind::Github => Way::Github,
                TrackerKind::Gitlab => Way::Gitlab,
                TrackerKind::Jira => Way::Jira,
                TrackerKind::Linear => Way::Linear,
            },
            Self::SlackApp(_) => Way::SlackApp,
        }
    }

    pub const fn url(&self) -> &Url {
        match self {
            Self::Webhook { url, .. }
            | Self::Slack { url }
            | Self::Teams { url }
            | Self::Discord { url }
            | Self::Mattermost { url }
            | Self::Matrix { url, .. } => url,
            Self::Tracker(it) => &it.url,
            Self::SlackApp(it) => &it.url,
        }
    }

    /// What its owner is shown of the address: whoever knows all of a chat's may write there.
    pub fn shown(&self) -> String {
        let url = self.url();
        let origin = url.origin().ascii_serialization();
        match self {
            Self::Webhook { .. } => url.to_string(),
            Self::Matrix { room, .. } => format!("{origin} {room}"),
            Self::Tracker(it) => format!("{origin} {}", it.project),
            Self::SlackApp(_) => origin,
            _ => {
                let text = url.as_str();
                let tail = text.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
                let tail = text.get(tail..).unwrap_or_default();
                format!("{origin}/…{tail}")
            }
        }
    }

    pub const fn secrets(&self) -> Option<&Secrets> {
        match self {
            Self::Webhook { secrets, .. } => Some(secrets),
            _ => None,
        }
    }

    pub const fn tracker(&self) -> Option<&Tracker> {
        match self {
            Self::Tracker(it) => Some(it),
            _ => None,
        }
    }

    /// The secret by which what comes from there is known, where it tells something; may be empty.
    pub const fn hook(&self) -> Option<&str> {
        match self {
            Self::Tracker(it) => Some(it.hook.as_str()),
            Self::SlackApp(it) => Some(it.hook.as_str()),
            _ => None,
        }
    }

    /// The same with another secret for the webhooks of a tracker. Linear makes that itself.
    #[must_use]
    pub fn with_other_hook(self, entropy: &dyn Entropy) -> Self {
        match self {
            Self::Tracker(it) if it.kind != TrackerKind::Linear => Self::Tracker(Tracker {
                hook: new_hook(entropy),
                ..it
            }),
            other => other,
        }
    }
}

fn tracker(
    kind: TrackerKind,
    wanted: &Wanted,
    entropy: &dyn Entropy,
) -> Result<Tracker, TargetError> {
    let url = match wanted.url.trim() {
        "" => kind.usual_url(),
        url => url,
    };
    let hook = match wanted.hook.trim() {
        "" if kind != TrackerKind::Linear => new_hook(entropy),
        hook => hook.to_owned(),
    };
    let made = Tracker {
        kind,
        url: checked_url(url)?,
        project: wanted.project.trim().trim_matches('/').to_owned(),
        account: wanted.account.trim().to_owned(),
        token: wanted.token.trim().to_owned(),
        hook,
    };
    made.checked().map_err(|lacking| match lacking {
        Lacking::Project => TargetError::Project,
        Lacking::Account => TargetError::Account,
        Lacking::Token => TargetError::Token,
        Lacking::Hook => TargetError::Hook,
    })
}

fn slack_app(wanted: &Wanted) -> Result<SlackApp, TargetError> {
    let url = match wanted.url.trim() {
        "" => "https://slack.com/api",
        url => url,
    };
    let visible = |text: &str| {
        let plain = text.chars().all(|it| it.is_ascii_graphic());
        !text.is_empty() && text.len() <= MAX_TOKEN && plain
    };
    let (token, hook) = (wanted.token.trim(), wanted.hook.trim());
    match (visible(token), visible(hook)) {
        (false, _) => Err(TargetError::Token),
        (_, false) => Err(TargetError::Hook),
        _ => Ok(SlackApp {
            url: checked_url(url)?,
            token: token.to_owned(),
            hook: hook.to_owned(),
        }),
    }
}

fn new_hook(entropy: &dyn Entropy) -> String {
    let bytes: [u8; 24] = entropy.array();
    hex::encode(bytes)
}

fn checked_url(text: &str) -> Result<Url, TargetError> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| TargetError::Url)?;
    let plain = matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    if plain && text.len() <= MAX_URL && url.as_str().len() <= MAX_URL {
        Ok(url)
    } else {
        Err(TargetError::Url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn wanted(url: &str) -> Wanted {
        Wanted {
            url: url.to_owned(),
            room: "!abc:example.org".to_owned(),
            token: "syt_secret".to_owned(),
            ..Wanted::default()
        }
    }

    fn made(way: Way, wanted: &Wanted) -> Result<Target, TargetError> {
        Target::new(way, wanted, &SeededEntropy::new(1))
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("https://example.org/{}", "x".repeat(10_000));
        for bad in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https://me:pw@example.org/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            &long,
        ] {
            assert_eq!(
                made(Way::Webhook, &wanted(bad)),
                Err(TargetError::Url),
                "{bad:.40}"
            );
        }
        let mut matrix = wanted("https://matrix.example.org");
        matrix.room = "#general:example.org".to_owned();
        assert_eq!(made(Way::Matrix, &matrix), Err(TargetError::Room));
        matrix.room = "!a:b".to_owned();
        matrix.token = "a b\r\nX: y".to_owned();
        assert_eq!(made(Way::Matrix, &matrix), Err(TargetError::Token));
    }

    #[test]
    fn a_chats_address_is_not_shown_and_what_is_kept_is_read_back() {
        let hook = wanted("https://hooks.slack.com/services/T0/B0/verysecret");
        let slack = made(Way::Slack, &hook).unwrap();
        assert_eq!(slack.shown(), "https://hooks.slack.com/…cret");
        for way in [Way::Webhook, Way::Matrix, Way::Teams] {
            let target = made(way, &hook).unwrap();
            let json = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target);
            assert_eq!(target.way(), way);
        }
    }

    #[test]
    fn a_change_keeps_what_was_left_empty_and_the_signing_secret() {
        let chance = SeededEntropy::new(2);
        let old = made(Way::Webhook, &wanted("https://a.example.org/")).unwrap();
        let new = old
            .clone()
            .changed(&wanted("https://b.example.org/"), &chance);
        let new = new.unwrap();
        assert_eq!(new.secrets(), old.secrets());
        assert_eq!(new.url().as_str(), "https://b.example.org/");
        let matrix = made(Way::Matrix, &wanted("https://m.example.org/")).unwrap();
        let same = matrix.clone().changed(&Wanted::default(), &chance);
        assert_eq!(same, Ok(matrix.clone()));
        let mut elsewhere = wanted("https://m.example.org.evil.test/");
        assert!(matrix.clone().changed(&elsewhere, &chance).is_ok());
        elsewhere.token = String::new();
        let refused = matrix.clone().changed(&elsewhere, &chance);
        assert_eq!(refused, Err(TargetError::Token));
        elsewhere.url = "https://m.example.org/other".to_owned();
        assert!(matrix.changed(&elsewhere, &chance).is_ok());
    }
}
