//! Catching up: what was shared with a person and they have not seen; who was asked to watch a recording, and who has.

use std::collections::BTreeSet;

use aside_protocol::id::{JobId, RecordingId, UserId};
use aside_protocol::time::Timestamp;

use crate::domain::access::{self, Allowed, Facts, Watch, allow, decide};
use crate::domain::access::{Action, Viewer as Reader};
use crate::domain::account::Role;
use crate::domain::job::Job;
use crate::domain::notice::Key;
use crate::domain::recording::Recording;
use crate::domain::viewing::{MAX_VIEWERS, SEEN_PERCENT, Viewer, ViewingError, reminder};
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::gate::{self, GateError};
use crate::service::notices::{Cause, Told, settle, tell};
use crate::store::viewings::{self, Asked, Unseen};
use crate::store::{Result, StoreError, Tx, jobs};

/// Something to catch up on.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub recording: Recording,
    pub owner_name: String,
    pub length_ms: u64,
    /// What they have not watched of it.
    pub left_ms: u64,
    pub required: bool,
    pub due_at: Option<Timestamp>,
    /// What is said first; empty: not known.
    pub first_words: String,
}

/// So many of them say how they begin.
const WITH_WORDS: usize = 50;
const WORDS: u64 = 40;

/// What a person has not seen, what is due first before what is newest.
pub async fn waiting(resources: &Resources, member: &Member) -> Result<Vec<Waiting>> {
    let (store, now, viewer) = (&resources.store, resources.now(), member.viewer());
    let mut all = Vec::new();
    for unseen in store.unseen(member.user.id).await? {
        let Unseen {
            seen,
            owner_name,
            length_ms,
            required,
            due_at,
            watched,
        } = unseen;
        let Ok(recording) = allow::<Watch>(&viewer, seen, now) else {
            continue;
        };
        if watched.percent(length_ms) >= SEEN_PERCENT {
            continue;
        }
        let first_words = if all.len() < WITH_WORDS {
            first_words(resources, recording.id).await?
        } else {
            String::new()
        };
        all.push(Waiting {
            recording: recording.into_recording(),
            owner_name,
            length_ms,
            left_ms: length_ms.saturating_sub(watched.seconds() * 1000),
            required,
            due_at,
            first_words,
        });
    }
    Ok(all)
}

async fn first_words(resources: &Resources, recording: RecordingId) -> Result<String> {
    let words = resources.store.words_from(recording, 0, WORDS).await?;
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && !word.joined {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    Ok(text)
}

/// A person says that they are done with a recording, or that they are not.
pub async fn set_done(
    resources: &Resources,
    member: &Member,
    recording: RecordingId,
    done: bool,
) -> std::result::Result<(), GateError> {
    let (now, user) = (resources.now(), member.user.id);
    gate::by_id::<Watch>(resources, &member.viewer(), recording).await?;
    let told = resources
        .store
        .write(async |tx: &mut Tx| -> Result<Told> {
            viewings::set_done(tx, recording, user, done, now).await?;
            Ok(Told::default())
        })
        .await?;
    told.wake(resources);
    Ok(())
}

/// Why nobody was asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Viewing(#[from] ViewingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who is asked to watch a recording, for its owner.
pub async fn viewers(
    resources: &Resources,
    recording: &Allowed<access::Change>,
) -> Result<Vec<Viewer>> {
    let store = &resources.store;
    let noted = store.view_switches(recording.owner, None).await?.shown();
    let length_ms = store.duration_ms(recording).await?;
    let asked = store.asked_viewers(recording.id).await?;
    let now = resources.now();
    let viewer = |it: Asked| Viewer {
        may_watch: may_watch(recording, &it, now),
        user: (it.user, it.name),
        due_at: it.due_at,
        done_at: it.done_at,
        reminded_at: it.reminded_at,
        percent: noted.then(|| it.watched.map_or(0, |watched| watched.percent(length_ms))),
    };
    Ok(asked.into_iter().map(viewer).collect())
}

fn may_watch(recording: &Recording, asked: &Asked, now: Timestamp) -> bool {
    // Whoever has an account watches by it, whatever their role.
    let reader = Reader::Member {
        id: asked.user,
        role: Role::Viewer,
    };
    let facts = Facts {
        recording,
        named: asked.named,
        password: None,
        now,
    };
    decide(&reader, Action::Watch, &facts).is_ok()
}

/// These people, and nobody else, are asked to watch until `due_at`.
pub async fn ask(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
    people: &[UserId],
    due_at: Option<Timestamp>,
) -> std::result::Result<(), AskError> {
    let now = resources.now();
    let wanted: BTreeSet<UserId> = people.iter().copied().collect();
    if wanted.len() > MAX_VIEWERS {
        return Err(ViewingError::TooMany.into());
    }
    if due_at.is_some_and(|due| due <= now) {
        return Err(ViewingError::InThePast.into());
    }
    for person in &wanted {
        let there = resources.store.user(*person).await?.is_some();
        if !there || *person == member.user.id {
            return Err(ViewingError::NoSuchPerson.into());
        }
    }
    let viewer = member.viewer();
    let told = resources
        .store
        .write(async |tx: &mut Tx| -> std::result::Result<Told, AskError> {
            gate::held::<access::Change>(tx, &viewer, id, now).await?;
            let before: BTreeSet<UserId> = viewings::asked(tx, id)
                .await?
                .into_iter()
                .map(|it| it.user)
                .collect();
            let mut told = Told::default();
            for person in before.difference(&wanted) {
                viewings::release(tx, id, *person).await?;
            }
            for person in &wanted {
                viewings::ask(tx, id, *person, due_at, now).await?;
                if !before.contains(person) {
                    let cause = Cause::Required {
                        recording: id,
                        who: *person,
                    };
                    told.add(tell(tx, resources, Some(member.user.id), cause).await?);
                }
            }
            if let Some(due) = due_at {
                let job = Job::RemindViewers { recording: id };
                let job_id = JobId::new(now, resources.id_entropy());
                jobs::enqueue(tx, &job, reminder(due, now), now, job_id).await?;
            }
            if wanted.is_empty() {
                told.add(settle(tx, Key::Required(id), now).await?);
            }
            Ok(told)
        })
        .await?;
    told.wake(resources);
    Ok(())
}

/// Reminds, once each, who has not seen a recording and is due for it; in a transaction of the job that does so. Answers when
/// the next is.
pub async fn remind(
    tx: &mut Tx,
    resources: &Resources,
    recording: &Recording,
    length_ms: u64,
) -> Result<(Told, Option<Timestamp>)> {
    let now = resources.now();
    let (mut told, mut next) = (Told::default(), None::<Timestamp>);
    for asked in viewings::asked(tx, recording.id).await? {
        let (Some(due), None, None) = (asked.due_at, asked.done_at, asked.reminded_at) else {
            continue;
        };
        let watched = asked.watched.as_ref();
        let percent = watched.map_or(0, |watched| watched.percent(length_ms));
        if percent >= SEEN_PERCENT || !may_watch(recording, &asked, now) {
            continue;
        }
        let at = reminder(due, asked.created_at);
        if at > now {
            next = Some(next.map_or(at, |next| next.min(at)));
        } else if viewings::remind(tx, recording.id, asked.user, now).await? {
            let cause = Cause::Reminder {
                recording: recording.id,
                to: asked.user,
            };
            told.add(tell(tx, resources, None, cause).await?);
        }
    }
    Ok((told, next))
}
