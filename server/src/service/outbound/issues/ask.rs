//! Somebody asks for an issue, or for a link on one.

use aside_protocol::id::{CommentId, RecordingId, UserId};

use crate::domain::access::{Refusal, Viewer};
use crate::domain::comment::Comment;
use crate::domain::issue::{Issue, MAX_ISSUES, subject};
use crate::domain::outbound::tracker::TrackerKind;
use crate::domain::outbound::{
    DeliveryId, DeliveryState, Destination, DestinationId, Event, EventId, EventKind, IssueId,
};
use crate::resources::Resources;
use crate::service::outbound::work::ask as ask_job;
use crate::store::outbound::deliveries;
use crate::store::outbound::issues::{self as rows, Asked};
use crate::store::{StoreError, Tx};

/// Why there will be none.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error("There is no such tracker. Settings → Integrations has those that are yours.")]
    NoTracker,
    #[error("there is no such comment")]
    NoComment,
    #[error(
        "Nothing is sent to this tracker at the moment: {0}. Go on with it under Settings → Integrations, then try again."
    )]
    Paused(String),
    #[error(
        "No integration of yours or of the server writes to {0}. Add it under Settings → Integrations, then try again."
    )]
    NotSetUp(String),
    #[error("An issue has a number there, such as 12, or a name such as ABC-12.")]
    NoIssue,
    #[error("A recording has at most {MAX_ISSUES} issues.")]
    TooMany,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub destination: DestinationId,
    pub comment: Option<CommentId>,
    /// Of the recording, where it is about no comment.
    pub at_ms: u64,
    /// Once more, where it came to nothing.
    pub again: bool,
    /// The password of the recording that whoever asks proved to know.
    pub password: Option<i64>,
}

/// Asks for an issue. Who asks for the same again gets what is there.
pub async fn issue(
    resources: &Resources,
    recording: RecordingId,
    viewer: &Viewer,
    wish: Wish,
) -> Result<Asked, IssueError> {
    let who = member(viewer)?;
    let store = &resources.store;
    let found = store.destination(wish.destination).await?;
    let to = found
        .filter(|it| is_theirs(it, who))
        .ok_or(IssueError::NoTracker)?;
    let comment = match wish.comment {
        None => None,
        Some(id) => Some(readable(store.comment(id).await?, recording, viewer)?),
    };
    let at_ms = comment.as_ref().map_or(wish.at_ms, |it| it.at_ms);
    put(
        resources,
        &to,
        who,
        recording,
        comment.map(|it| it.id),
        at_ms,
        None,
        wish.again,
        wish.password,
    )
    .await
}

/// An issue that is there, as somebody names it who knows no destination.
#[derive(Debug, Clone)]
pub struct On {
    pub kind: TrackerKind,
    /// Empty where the name of the issue holds it.
    pub project: String,
    pub issue: String,
}

/// Asks for a link on an issue that is there.
pub async fn link(
    resources: &Resources,
    recording: RecordingId,
    viewer: &Viewer,
    on: &On,
    again: bool,
) -> Result<Asked, IssueError> {
    let who = member(viewer)?;
    if !on.kind.names_issue(&on.issue) {
        return Err(IssueError::NoIssue);
    }
    let fits = |it: &Destination| {
        it.target
            .tracker()
            .is_some_and(|it| it.kind == on.kind && it.holds(&on.project, &on.issue))
    };
    // One's own before the server's, those that work before those that pause.
    let mut all = resources.store.destinations(Some(who)).await?;
    all.extend(resources.store.destinations(None).await?);
    let mut fitting: Vec<Destination> = all.into_iter().filter(fits).collect();
    fitting.sort_by_key(|it| it.paused.is_some());
    let Some(to) = fitting.first() else {
        let place = match on.project.as_str() {
            "" => on.issue.clone(),
            project => project.to_owned(),
        };
        return Err(IssueError::NotSetUp(format!("{} {place}", on.kind.name())));
    };
    put(
        resources,
        to,
        who,
        recording,
        None,
        0,
        Some(on.issue.clone()),
        again,
        // Owners are not asked for one.
        None,
    )
    .await
}

fn member(viewer: &Viewer) -> Result<UserId, Refusal> {
    viewer.member().ok_or(Refusal::SignIn)
}

/// A tracker of one's own, or of the server.
pub(super) fn is_theirs(it: &Destination, who: UserId) -> bool {
    it.target.tracker().is_some() && it.owner.is_none_or(|owner| owner == who)
}

/// Why it failed may name a project that is not theirs to know: who asked for it is told.
pub(super) fn for_eyes_of(mut it: Asked, who: UserId) -> Asked {
    if it.issue.asked_by != Some(who) && it.why.is_some() {
        it.why = Some("whoever asked for it sees the reason".to_owned());
    }
    it
}

/// The comment, where it stands on the recording and may be read.
pub(super) fn readable(
    found: Option<Comment>,
    recording: RecordingId,
    viewer: &Viewer,
) -> Result<Comment, IssueError> {
    found
        .filter(|it| it.recording == recording && it.deleted_at.is_none() && it.read_by(viewer))
        .ok_or(IssueError::NoComment)
}

/// The issue about this subject, and whether it may be asked for: it is not there, and nothing waits that asks for it.
async fn held(
    tx: &mut Tx,
    of: DestinationId,
    subject: &str,
) -> Result<(IssueId, bool), IssueError> {
    let found = rows::of_subject(tx, of, subject).await?;
    let found = found.ok_or(IssueError::NoTracker)?;
    let delivery = match found.event {
        Some(event) => deliveries::state(tx, of, event).await?,
        None => None,
    };
    let waits = delivery == Some(DeliveryState::Waiting);
    Ok((found.id, found.remote.is_none() && !waits))
}

#[expect(clippy::too_many_arguments, reason = "they are the columns of one row")]
async fn put(
    resources: &Resources,
    to: &Destination,
    who: UserId,
    recording: RecordingId,
    comment: Option<CommentId>,
    at_ms: u64,
    linked: Option<String>,
    again: bool,
    password: Option<i64>,
) -> Result<Asked, IssueError> {
    let (store, now) = (&resources.store, resources.now());
    if let Some(paused) = &to.paused {
        let why = paused
            .why
            .clone()
            .unwrap_or_else(|| "it is paused".to_owned());
        return Err(IssueError::Paused(why));
    }
    let event = Event {
        id: EventId::new(now, resources.id_entropy()),
        kind: EventKind::IssueWanted,
        recording: Some(recording),
        comment,
        actor: Some(who),
        at: now,
    };
    let wanted = Issue {
        id: IssueId::new(now, resources.id_entropy()),
        destination: Some(to.id),
        recording,
        comment,
        event: None,
        asked_by: Some(who),
        subject: subject(recording, comment, at_ms, linked.as_deref()),
        at_ms,
        linked,
        created_at: now,
        begun_at: None,
        password,
        remote: None,
        name: String::new(),
        url: String::new(),
        state: String::new(),
        closed: false,
        changed_at: now,
    };
    let id = store
        .write(async |tx: &mut Tx| -> Result<IssueId, IssueError> {
            if rows::of_subject(tx, to.id, &wanted.subject)
                .await?
                .is_none()
                && rows::count(tx, recording).await? >= MAX_ISSUES
            {
                return Err(IssueError::TooMany);
            }
            // Of two clicks at once the second one waits here for the first, and finds what it wrote.
            let new = rows::insert(tx, &wanted).await?;
            let (id, open) = held(tx, to.id, &wanted.subject).await?;
            if !new && (!open || !again) {
                return Ok(id);
            }
            // The job before the issue, as its worker takes them.
            ask_job(tx, resources, to.id, to.failures, to.held_until).await?;
            // Of two who try again at once the second one waited for the first, and finds what it asked for.
            let (id, open) = held(tx, to.id, &wanted.subject).await?;
            if !open {
                return Ok(id);
            }
            deliveries::insert_event(tx, &event).await?;
            let delivery = DeliveryId::new(now, resources.id_entropy());
            deliveries::insert(tx, delivery, to.id, event.id, now).await?;
            rows::ask_again(tx, id, event.id, who, password).await?;
            Ok(id)
        })
        .await?;
    resources.notify.notify_any();
    let asked = store.asked_issue(id).await?.ok_or(IssueError::NoTracker)?;
    Ok(for_eyes_of(asked, who))
}
