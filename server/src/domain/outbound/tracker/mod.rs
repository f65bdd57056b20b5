//! Issue trackers: what is asked of them and what their answers mean, one file each. None of the real services was reached: each
//! file says which documentation it follows (decision 80).

pub mod ask;
pub mod draft;
pub mod flow;
pub mod github;
pub mod gitlab;
pub mod hook;
pub mod jira;
pub mod linear;
pub mod words;

use std::time::Duration;

use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::chat::Answer;
use super::retry::Outcome;
use draft::Draft;

/// Longest path of a project, and longest name of an account or a secret.
const MAX_PROJECT: usize = 255;
const MAX_TOKEN: usize = 1024;

/// A project of a tracker, as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracker {
    pub kind: TrackerKind,
    /// Of the API.
    pub url: Url,
    /// `OWNER/REPO`, a path of GitLab, `KEY` or `KEY/Issue type` of Jira, a team of Linear.
    pub project: String,
    /// Jira Cloud: the mail address that belongs to the token. Else empty.
    pub account: String,
    pub token: String,
    /// By which its webhooks are known; empty: there are none.
    pub hook: String,
}

impl std::fmt::Debug for Tracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} {}", self.kind, self.url, self.project)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackerKind {
    Github,
    Gitlab,
    Jira,
    Linear,
}

impl TrackerKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Jira => "Jira",
            Self::Linear => "Linear",
        }
    }

    /// Where its API is when nobody says otherwise; empty: each has its own.
    pub const fn usual_url(self) -> &'static str {
        match self {
            Self::Github => "https://api.github.com",
            Self::Gitlab => "https://gitlab.com",
            Self::Jira => "",
            Self::Linear => "https://api.linear.app/graphql",
        }
    }

    /// What gives somebody the right to write, in the tracker's words.
    const fn right(self) -> &'static str {
        match self {
            Self::Github => "“Issues: Read and write” for this repository",
            Self::Gitlab => "the scope “api”, of somebody with at least the role Reporter",
            Self::Jira => "“Create issues” and “Add comments” in this project",
            Self::Linear => "“Create issues” and “Create comments”",
        }
    }

    /// Whether a project is named like this there.
    fn names(self, project: &str) -> bool {
        let in_path = |it: &str| {
            !it.is_empty()
                && !it.starts_with('.')
                && it
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let pieces: Vec<&str> = project.split('/').collect();
        match (self, &pieces[..]) {
            (Self::Github, [owner, repo]) => in_path(owner) && in_path(repo),
            (Self::Gitlab, [number]) => {
                !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
            }
            (Self::Gitlab, path) => path.iter().all(|it| in_path(it)),
            (Self::Jira, [key]) => is_key(key),
            (Self::Jira, [key, kind]) => is_key(key) && !kind.trim().is_empty(),
            (Self::Linear, [team]) => is_key(team),
            _ => false,
        }
    }

    /// Whether an issue is named like this there: a number, or `KEY-12`.
    pub fn names_issue(self, issue: &str) -> bool {
        let number =
            |it: &str| (1..=10).contains(&it.len()) && it.chars().all(|c| c.is_ascii_digit());
        match self {
            Self::Github | Self::Gitlab => number(issue),
            Self::Jira | Self::Linear => issue
                .split_once('-')
                .is_some_and(|(key, it)| is_key(key) && number(it)),
        }
    }
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Why nothing can be written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    Project,
    Account,
    Token,
    Hook,
}

impl Tracker {
    /// With what belongs to it, if an issue can be written there.
    pub fn checked(mut self) -> Result<Self, Lacking> {
        let visible = |text: &str| text.chars().all(|it| it.is_ascii_graphic());
        if self.project.len() > MAX_PROJECT
            || self.project.chars().any(char::is_control)
            || !self.kind.names(&self.project)
        {
            return Err(Lacking::Project);
        }
        if self.kind != TrackerKind::Jira {
            self.account.clear();
        }
        if self.account.len() > MAX_PROJECT || !visible(&self.account) || self.account.contains(':')
        {
            return Err(Lacking::Account);
        }
        if self.token.is_empty() || self.token.len() > MAX_TOKEN || !visible(&self.token) {
            return Err(Lacking::Token);
        }
        if self.hook.len() > MAX_TOKEN || !visible(&self.hook) {
            return Err(Lacking::Hook);
        }
        Ok(self)
    }

    /// An address of the API: the base with these pieces behind it.
    pub(super) fn at(&self, pieces: &[&str]) -> Url {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(pieces);
        }
        url
    }

    /// Whether what issues are called there means the same issues in `other`: the same project at the same address. The type of
    /// new issues in Jira does not matter.
    pub fn shares_issues_with(&self, other: &Self) -> bool {
        let address = |it: &Self| it.url.as_str().trim_end_matches('/').to_owned();
        let project = |it: &Self| match it.kind {
            TrackerKind::Jira => it.project.split('/').next().unwrap_or_default().to_owned(),
            _ => it.project.to_ascii_lowercase(),
        };
        self.kind == other.kind
            && address(self) == address(other)
            && project(self) == project(other)
    }

    /// Whether it is the project of an issue that somebody names by its tracker.
    pub fn holds(&self, project: &str, issue: &str) -> bool {
        match self.kind {
            TrackerKind::Github | TrackerKind::Gitlab => self.project.eq_ignore_ascii_case(project),
            // The key stands in the name of the issue.
            TrackerKind::Jira | TrackerKind::Linear => {
                let key = self.project.split('/').next().unwrap_or_default();
                issue.split_once('-').is_some_and(|(it, _)| it == key)
            }
        }
    }
}

/// What a tracker is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Whether the project is there and the token counts.
    Look,
    /// The issue that an earlier attempt may have made.
    Find {
        mark: String,
    },
    /// Linear: the id of the team.
    Team,
    Create {
        mark: String,
        team: String,
        draft: Box<Draft>,
    },
    /// A remark on an issue, by what the tracker knows it.
    Remark {
        remote: String,
        words: String,
    },
    Read {
        remote: String,
    },
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
}

/// A request to a tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub verb: Verb,
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    /// None: nothing.
    pub body: Option<Value>,
}

/// An issue as its tracker tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remote {
    /// By what the tracker knows it.
    pub id: String,
    /// What people call it.
    pub name: String,
    pub url: String,
    /// In the tracker's words; empty: it was not told.
    pub state: String,
    pub closed: bool,
    /// None: not told.
    pub changed_at: Option<Timestamp>,
}

/// What was read in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It was done; nothing else is told.
    Done,
    /// There is no such issue.
    Nothing,
    Team(String),
    Issue(Remote),
}

/// It was said to be done, in words that say nothing.
fn other_shape(tracker: &Tracker, call: &Call, status: u16) -> Outcome {
    let (name, url) = (
        tracker.kind.name(),
        tracker.url.origin().ascii_serialization(),
    );
    let why = match call {
        Call::Create { .. } => format!(
            "{url} answered {status}, but not as {name} does. The issue may be there: look in {}, and try again if it is not",
            tracker.project
        ),
        _ => format!(
            "{url} answered {status}, but not as {name} does. Look whether the address is that of {name}'s API"
        ),
    };
    Outcome::Never { why }
}

/// What was refused, and what to do about it.
fn refused(tracker: &Tracker, call: &Call, answer: &Answer<'_>, now: Timestamp) -> Outcome {
    let (name, project) = (tracker.kind.name(), &tracker.project);
    let status = answer.status;
    let said = said(answer);
    let later =
        |why: String, wait: Option<Duration>, paced: bool| Outcome::NotNow { why, wait, paced };
    let never = |why: String| Outcome::Never { why };
    if let Some(wait) = pace(tracker.kind, answer, now) {
        return later(
            format!("{name} asks for a slower pace ({status}){said}"),
            Some(wait),
            true,
        );
    }
    match status {
        300..=399 => never(format!(
            "{name} sends elsewhere ({status}), which is not followed: {project} may have been renamed, or the address may be another one. Change the destination, or make another one where issues were made with it, then try again"
        )),
        401 => never(format!(
            "{name} does not take the token (401){said}. Make a new one there, enter it under Settings → Integrations, then try again"
        )),
        403 => never(format!(
            "{name} does not let this token write in {project} (403){said}. It needs {}; then try again",
            tracker.kind.right()
        )),
        404 => match call {
            Call::Read { remote } | Call::Remark { remote, .. } => never(format!(
                "{name} knows no issue {remote} in {project}, or does not show it to this token (404). Look whether it was moved or deleted"
            )),
            _ => never(format!(
                "{name} knows no {project}, or does not show it to this token (404). Correct the project or the token under Settings → Integrations, then try again"
            )),
        },
        410 => never(format!(
            "{project} takes no issues (410){said}. Turn issues on there, then try again"
        )),
        400 | 405 | 409 | 413 | 415 | 422 => never(format!(
            "{name} does not take it like this ({status}){said}. Look which fields {project} asks for; “Copy as issue” has the same words"
        )),
        _ => later(
            format!("{name} does not work at the moment ({status}){said}"),
            answer.wait(),
            false,
        ),
    }
}

/// How long to leave it alone, where it asks for a pace.
fn pace(kind: TrackerKind, answer: &Answer<'_>, now: Timestamp) -> Option<Duration> {
    const USUAL: Duration = Duration::from_secs(60);
    let limited = match (kind, answer.status) {
        (_, 429) => true,
        // GitHub: "Rate limits for the REST API": 403 with `retry-after`, or with nothing left, or of the secondary limit.
        (TrackerKind::Github, 403) => {
            let text = String::from_utf8_lossy(answer.body).to_lowercase();
            answer.retry_after.is_some()
                || answer.remaining == Some("0")
                || text.contains("rate limit")
        }
        _ => false,
    };
    if !limited {
        return None;
    }
    // The instant in seconds since 1970, of GitHub and GitLab.
    let until = answer
        .reset
        .and_then(|it| it.trim().parse::<i64>().ok())
        .map(|at| {
            let left = at.saturating_sub(now.micros() / 1_000_000);
            Duration::from_secs(u64::try_from(left).unwrap_or(0)).min(Duration::from_secs(3600))
        });
    let wait = answer
        .wait()
        .or_else(|| until.filter(|_| answer.remaining == Some("0")));
    Some(wait.unwrap_or(USUAL).max(Duration::from_secs(1)))
}

/// What the tracker says itself, in brief, with `: ` before it.
fn said(answer: &Answer<'_>) -> String {
    let json = answer.json();
    let mut all: Vec<String> = Vec::new();
    let mut add = |value: &Value| match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(many) => all.extend(many.iter().filter_map(|it| {
            let text = it.as_str().or_else(|| it["message"].as_str());
            let field = it["field"]
                .as_str()
                .map(|field| format!("{field} {}", it["code"].as_str().unwrap_or_default()));
            text.map(str::to_owned).or(field)
        })),
        Value::Object(fields) => all.extend(fields.iter().map(|(name, it)| match it {
            Value::String(text) => format!("{name}: {text}"),
            other => format!("{name}: {other}"),
        })),
        _ => {}
    };
    for name in [
        "message",
        "error",
        "error_description",
        "errorMessages",
        "errors",
    ] {
        add(&json[name]);
    }
    let text = all.join("; ");
    let text: String = text
        .chars()
        .filter(|it| !it.is_control())
        .take(200)
        .collect();
    if text.is_empty() {
        text
    } else {
        format!(": {text}")
    }
}

/// An instant as trackers write it, such as `2026-01-01T00:00:07Z` or Jira's `2026-01-01T00:00:07.000+0000`.
fn instant(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let read: Option<jiff::Timestamp> = text.parse().ok();
    let read = read.or_else(|| {
        jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
            .ok()?
            .to_timestamp()
            .ok()
    });
    // GitLab's webhooks of before 13.x.
    let read = read.or_else(|| {
        let read = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S UTC", text).ok()?;
        jiff::tz::Offset::UTC
            .to_timestamp(read.to_datetime().ok()?)
            .ok()
    });
    Some(Timestamp::from_micros(read?.as_microsecond()))
}

/// Text of a field; empty where it is none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A link that may be shown: of the web, and of the tracker's making.
fn link(value: &Value) -> Option<String> {
    let url = Url::parse(value.as_str()?).ok()?;
    matches!(url.scheme(), "https" | "http").then(|| url.to_string())
}

#[cfg(test)]
mod tests;
