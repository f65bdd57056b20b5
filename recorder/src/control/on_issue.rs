//! `aside record --for`: when the take is on the server, it is asked to link it on an issue of a tracker. Whatever becomes of that, the
//! take is where it was.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::http::{Http, HttpError};

/// The server's worker posts the link; so often it is asked whether it did, once a second.
const LOOKS: u32 = 20;
const BETWEEN: Duration = Duration::from_secs(1);

/// An issue that is there, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnIssue {
    kind: &'static str,
    /// Empty where the name of the issue holds it.
    project: String,
    issue: String,
}

impl fmt::Display for OnIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.project.as_str() {
            "" => write!(f, "{}:{}", self.kind, self.issue),
            project => write!(f, "{}:{project}#{}", self.kind, self.issue),
        }
    }
}

impl FromStr for OnIssue {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const FORMS: &str =
            "expected github:OWNER/REPO#12, gitlab:GROUP/PROJECT#12, jira:ABC-12 or linear:ABC-12";
        let wrong = || FORMS.to_owned();
        let (kind, rest) = text.split_once(':').ok_or_else(wrong)?;
        let kinds = ["github", "gitlab", "jira", "linear"];
        let kind = kinds.into_iter().find(|it| *it == kind).ok_or_else(wrong)?;
        let number =
            |it: &str| !it.is_empty() && it.len() <= 10 && it.bytes().all(|c| c.is_ascii_digit());
        let (project, issue) = match kind {
            "github" | "gitlab" => rest.rsplit_once('#').ok_or_else(wrong)?,
            _ => ("", rest),
        };
        let named = match kind {
            "github" => {
                project.split('/').filter(|it| !it.is_empty()).count() == 2 && number(issue)
            }
            "gitlab" => !project.is_empty() && number(issue),
            _ => issue
                .split_once('-')
                .is_some_and(|(key, it)| !key.is_empty() && number(it)),
        };
        match named {
            true => Ok(Self {
                kind,
                project: project.to_owned(),
                issue: issue.to_owned(),
            }),
            false => Err(wrong()),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Linked {
    /// There, under this address.
    Done {
        url: String,
    },
    /// The server goes on with it by itself.
    Later {
        why: String,
    },
    Not {
        why: String,
    },
}

#[derive(Deserialize)]
struct Answer {
    progress: String,
    #[serde(default)]
    url: String,
    why: Option<String>,
}

/// Asks for the link, and waits a little for what becomes of it.
pub(super) async fn link(http: &Http, recording: RecordingId, on: &OnIssue) -> Linked {
    let mut why = String::new();
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(BETWEEN).await;
        }
        match ask(http, recording, on).await {
            Ok(Answer { progress, url, .. }) if progress == "made" => return Linked::Done { url },
            Ok(Answer {
                progress,
                why: said,
                ..
            }) => {
                why = said.unwrap_or_default();
                if progress == "failed" {
                    return Linked::Not { why };
                }
                // It says when it tries again.
                if !why.is_empty() {
                    break;
                }
            }
            Err(error) => {
                return Linked::Not {
                    why: error.to_string(),
                };
            }
        }
    }
    Linked::Later { why }
}

async fn ask(http: &Http, recording: RecordingId, on: &OnIssue) -> Result<Answer, HttpError> {
    let path = format!("api/recordings/{recording}/issue-link");
    let body = json!({ "kind": on.kind, "project": on.project, "issue": on.issue });
    http.ask(http.request(Method::POST, &path)?.json(&body))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_named_as_people_write_it() {
        for text in [
            "github:acme/shop#12",
            "gitlab:group/sub/shop#3",
            "jira:ABC-12",
            "linear:ENG-7",
        ] {
            assert_eq!(text.parse::<OnIssue>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "github",
            "github:acme/shop",
            "github:acme#12",
            "github:acme/shop#",
            "github:acme/shop#x",
            "gitlab:#1",
            "jira:ABC",
            "jira:-12",
            "svn:acme/shop#12",
            "linear:12",
        ] {
            assert!(text.parse::<OnIssue>().is_err(), "{text}");
        }
    }
}
