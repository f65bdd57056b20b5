//! `aside record --for`: when the take is on the server, it is asked to link it on an issue of a tracker. Whatever becomes of that, the
//! take is where it was.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use crossbeam_channel::Receiver;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::http::{Http, HttpError};
use crate::session::{Asked, Command};

/// The server's worker posts the link; so long it is asked whether it did, once a second.
const TIMEOUT: Duration = Duration::from_secs(20);
const BETWEEN: Duration = Duration::from_secs(1);
/// So often it is looked whether somebody does not want to wait any more.
const GLANCE: Duration = Duration::from_millis(50);

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

/// Asks for the link, and waits a little for what becomes of it; whoever stops what is recorded does not want to wait.
pub(super) async fn link(
    http: &Http,
    recording: RecordingId,
    on: &OnIssue,
    commands: &Receiver<Asked>,
) -> Linked {
    // What was still asked of the take is not meant for this.
    while commands.try_recv().is_ok() {}
    let mut taken = false;
    let told = tokio::select! {
        told = tokio::time::timeout(TIMEOUT, look(http, recording, on, &mut taken)) => told.ok(),
        () = stopped(commands) => None,
    };
    match (told, taken) {
        (Some(told), _) => told,
        (None, true) => Linked::Later { why: String::new() },
        (None, false) => Linked::Not {
            why:
                "the server did not answer. As it may post the link all the same, look there first"
                    .to_owned(),
        },
    }
}

/// Asks until it is known what becomes of the link. `taken`: the server has said that it sees to it; from then on it is not said
/// that somebody else has to, whatever becomes of further questions.
async fn look(http: &Http, recording: RecordingId, on: &OnIssue, taken: &mut bool) -> Linked {
    loop {
        match ask(http, recording, on).await {
            Ok(Answer { progress, url, .. }) if progress == "made" => return Linked::Done { url },
            Ok(Answer { progress, why, .. }) => {
                let why = why.unwrap_or_default();
                if progress == "failed" {
                    return Linked::Not { why };
                }
                *taken = true;
                // It says when it tries again.
                if !why.is_empty() {
                    return Linked::Later { why };
                }
            }
            Err(_) if *taken => return Linked::Later { why: String::new() },
            // It may have heard the question: asked once more, it says how far that is.
            Err(HttpError::Unreachable { .. }) => {}
            Err(error) => {
                return Linked::Not {
                    why: error.to_string(),
                };
            }
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Until somebody stops it.
async fn stopped(commands: &Receiver<Asked>) {
    loop {
        match commands.try_recv() {
            Ok(asked) if matches!(asked.command, Command::Stop | Command::Cancel) => return,
            Ok(_) => {}
            Err(_) => tokio::time::sleep(GLANCE).await,
        }
    }
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
