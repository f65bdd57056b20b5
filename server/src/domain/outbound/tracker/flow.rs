//! One request after the other, until an issue is there, linked or read. Pure: whoever sends them asks for the next one and tells
//! what was answered.

use aside_protocol::time::Timestamp;

use super::super::chat::Answer;
use super::super::retry::Outcome;
use super::draft::Draft;
use super::{Call, Heard, Remote, Request, Tracker, TrackerKind, ask};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// To see whether the project is there.
    Look,
    /// An issue. `begun`: an attempt before was sent and has no answer on record, so it is looked for first.
    Make {
        mark: String,
        draft: Box<Draft>,
        begun: bool,
    },
    /// A remark on an issue that is there.
    Link { issue: String, words: String },
    /// How an issue stands.
    Read { remote: String },
}

/// What an answer leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Led {
    /// Another request.
    On,
    /// It is done.
    Done(Option<Remote>),
    Refused(Outcome),
}

/// A task under way.
#[derive(Debug, Clone)]
pub struct Flow {
    tracker: Tracker,
    task: Task,
    call: Call,
    found: Option<Remote>,
}

impl Flow {
    pub fn new(tracker: Tracker, task: Task) -> Self {
        let call = match &task {
            Task::Look => Call::Look,
            Task::Make {
                mark, begun: true, ..
            } => Call::Find { mark: mark.clone() },
            Task::Make { mark, draft, .. } => first_of(&tracker, mark, draft),
            Task::Link { issue, .. } => Call::Read {
                remote: issue.clone(),
            },
            Task::Read { remote } => Call::Read {
                remote: remote.clone(),
            },
        };
        Self {
            tracker,
            task,
            call,
            found: None,
        }
    }

    /// The request that is sent next.
    pub fn request(&self) -> Request {
        ask::request(&self.tracker, &self.call)
    }

    /// Whether it writes something there.
    pub const fn writes(&self) -> bool {
        matches!(self.call, Call::Create { .. } | Call::Remark { .. })
    }

    /// There was no answer. What is there already stays.
    pub fn unheard(&mut self) -> Option<Remote> {
        match self.task {
            Task::Make { .. } => self.found.take(),
            _ => None,
        }
    }

    pub fn heard(&mut self, answer: &Answer<'_>, now: Timestamp) -> Led {
        let heard = match ask::read(&self.tracker, &self.call, answer, now) {
            Ok(heard) => heard,
            // It was made; how it stands can be asked later.
            Err(_) if self.found.is_some() && matches!(self.task, Task::Make { .. }) => {
                return Led::Done(self.found.take());
            }
            Err(outcome) => return Led::Refused(outcome),
        };
        let (next, done) = match (&self.task, &self.call, heard) {
            (Task::Make { mark, draft, .. }, Call::Find { .. }, Heard::Nothing) => {
                (Some(first_of(&self.tracker, mark, draft)), None)
            }
            (Task::Make { mark, draft, .. }, Call::Team, Heard::Team(team)) => (
                Some(Call::Create {
                    mark: mark.clone(),
                    team,
                    draft: draft.clone(),
                }),
                None,
            ),
            // Jira tells no state of what was just made.
            (Task::Make { .. }, Call::Create { .. }, Heard::Issue(made))
                if made.state.is_empty() =>
            {
                let next = Call::Read {
                    remote: made.id.clone(),
                };
                self.found = Some(made);
                (Some(next), None)
            }
            (Task::Link { words, .. }, Call::Read { .. }, Heard::Issue(found)) => {
                let next = Call::Remark {
                    remote: found.id.clone(),
                    words: words.clone(),
                };
                self.found = Some(found);
                (Some(next), None)
            }
            (Task::Link { .. }, Call::Remark { .. }, _) => (None, Some(self.found.take())),
            (Task::Look, _, Heard::Done | Heard::Team(_)) => (None, Some(None)),
            (_, _, Heard::Issue(found)) => (None, Some(Some(found))),
            (_, _, _) => (None, None),
        };
        match (next, done) {
            (Some(next), _) => {
                self.call = next;
                Led::On
            }
            (None, Some(done)) => Led::Done(done),
            (None, None) => Led::Refused(Outcome::Never {
                why: format!(
                    "{} knows no {}. Correct it under Settings → Integrations, then try again",
                    self.tracker.kind.name(),
                    self.tracker.project
                ),
            }),
        }
    }
}

fn first_of(tracker: &Tracker, mark: &str, draft: &Draft) -> Call {
    match tracker.kind {
        TrackerKind::Linear => Call::Team,
        _ => Call::Create {
            mark: mark.to_owned(),
            team: String::new(),
            draft: Box::new(draft.clone()),
        },
    }
}
