//! What is sent to a tracker, with the rights of who asked for it as they are then, and what came of it.

use std::time::Duration;

use aside_protocol::id::JobId;
use url::Url;

use super::{material, tell::tell};
use crate::domain::access::{Watch, allow};
use crate::domain::issue::{Issue, mark};
use crate::domain::job::Job;
use crate::domain::outbound::tracker::flow::{Flow, Task};
use crate::domain::outbound::tracker::{Remote, Tracker, TrackerKind};
use crate::domain::outbound::{Destination, DestinationId, Event, EventKind};
use crate::resources::Resources;
use crate::service::outbound::reader::reader;
use crate::store::outbound::issues as rows;
use crate::store::{Result, Tx, jobs};

/// How long after it was made an issue is asked about for the first time.
const FIRST_LOOK: Duration = Duration::from_secs(5 * 60);

/// A task, and the issue that it is about; a test has none.
#[derive(Debug)]
pub struct Work {
    pub issue: Option<Issue>,
    pub flow: Flow,
}

/// What is to be done for an event; none: what it tells may not be seen (any more), or is gone.
pub async fn work(
    resources: &Resources,
    public: &Url,
    tracker: &Tracker,
    event: &Event,
) -> Result<Option<Work>> {
    let (store, now) = (&resources.store, resources.now());
    if event.kind == EventKind::Test {
        let flow = Flow::new(tracker.clone(), Task::Look);
        return Ok(Some(Work { issue: None, flow }));
    }
    let Some(issue) = store.issue_of_event(event.id).await? else {
        return Ok(None);
    };
    let Some(who) = issue.asked_by else {
        return Ok(None);
    };
    if store.is_deactivated(who).await? {
        return Ok(None);
    }
    let viewer = reader(Some(who));
    let Some(mut seen) = store.recording_seen(issue.recording, Some(who)).await? else {
        return Ok(None);
    };
    seen.password = issue.password;
    let Ok(recording) = allow::<Watch>(&viewer, seen, now) else {
        return Ok(None);
    };
    let comment = match issue.comment {
        None => None,
        Some(id) => {
            let found = store.comment(id).await?;
            match found.filter(|it| it.deleted_at.is_none() && it.read_by(&viewer)) {
                Some(comment) => Some(comment),
                None => return Ok(None),
            }
        }
    };
    // It is there, and this is sent once more: it is only asked how it stands.
    if let Some(remote) = issue.remote.clone() {
        let flow = Flow::new(tracker.clone(), Task::Read { remote });
        return Ok(Some(Work {
            issue: Some(issue),
            flow,
        }));
    }
    let server = public.origin().ascii_serialization();
    let draft = material::draft(
        resources,
        &server,
        &recording,
        &viewer,
        comment.as_ref(),
        issue.at_ms,
    );
    let draft = draft.await?;
    let task = match &issue.linked {
        Some(on) => Task::Link {
            issue: on.clone(),
            words: draft.remark(tracker.kind == TrackerKind::Jira),
        },
        None => Task::Make {
            mark: mark(issue.id),
            begun: issue.begun_at.is_some(),
            draft: Box::new(draft),
        },
    };
    let flow = Flow::new(tracker.clone(), task);
    Ok(Some(Work {
        issue: Some(issue),
        flow,
    }))
}

/// The tracker is asked to write: from now on it may have it. False: the destination has another address or project than `to`
/// by now, or is gone, and nothing is to be written there.
pub async fn begin(
    tx: &mut Tx,
    resources: &Resources,
    issue: &Issue,
    to: &Destination,
) -> Result<bool> {
    // Whoever changes it waits for this, and finds an issue that was begun; or was first.
    let now_is = tx.held_destination(to.id).await?;
    let now_is = now_is.as_ref().and_then(|it| it.target.tracker());
    let same = now_is
        .zip(to.target.tracker())
        .is_some_and(|(now_is, was)| now_is.shares_issues_with(was));
    if same {
        rows::begin(tx, issue.id, resources.now()).await?;
    }
    Ok(same)
}

/// It is there. Call it last.
pub async fn made(
    tx: &mut Tx,
    resources: &Resources,
    issue: &Issue,
    remote: &Remote,
) -> Result<()> {
    let now = resources.now();
    rows::set_remote(tx, issue.id, remote, now).await?;
    if let Some(destination) = issue.destination {
        ask_to_read(tx, resources, destination, FIRST_LOOK).await?;
    }
    tell(tx, issue, now).await
}

/// It is refused, put off or not sent: whoever looks sees why. Call it last.
pub async fn not_made(tx: &mut Tx, resources: &Resources, issue: &Issue) -> Result<()> {
    tell(tx, issue, resources.now()).await
}

/// Queues the job that asks how the issues of a tracker stand.
pub(in crate::service::outbound) async fn ask_to_read(
    tx: &mut Tx,
    resources: &Resources,
    destination: DestinationId,
    after: Duration,
) -> Result<()> {
    let now = resources.now();
    let id = JobId::new(now, resources.id_entropy());
    jobs::enqueue(
        tx,
        &Job::ReadIssues { destination },
        now.plus(after),
        now,
        id,
    )
    .await
}
