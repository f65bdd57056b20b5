//! How issues stand, asked of their tracker: where it tells by webhooks once a day, else every few minutes.

use std::time::Duration;

use super::tell::tell;
use crate::domain::issue::Issue;
use crate::domain::outbound::DestinationId;
use crate::domain::outbound::tracker::flow::{Flow, Task};
use crate::domain::outbound::tracker::{Remote, Tracker};
use crate::resources::Resources;
use crate::store::outbound::issues as rows;
use crate::store::{Result, Tx};

const OFTEN: Duration = Duration::from_secs(5 * 60);
const SELDOM: Duration = Duration::from_secs(24 * 3600);
/// A webhook of so long ago shows that they come.
const HOOKED: Duration = Duration::from_secs(3 * 24 * 3600);
/// What has not changed for so long is not asked about.
const YOUNG: Duration = Duration::from_secs(90 * 24 * 3600);
/// Issues that are asked about at once.
const BATCH: u32 = 20;

/// Which issues are asked about now.
#[derive(Debug)]
pub struct Round {
    pub tracker: Tracker,
    pub issues: Vec<Issue>,
    /// When to look again; none: nothing is left to be asked.
    pub again: Option<Duration>,
}

pub async fn round(resources: &Resources, of: DestinationId) -> Result<Option<Round>> {
    let (store, now) = (&resources.store, resources.now());
    let found = store
        .destination(of)
        .await?
        .filter(|it| it.paused.is_none());
    let Some(tracker) = found.and_then(|it| it.target.tracker().cloned()) else {
        return Ok(None);
    };
    let hooked = store.tells_by_hooks(of, now.minus(HOOKED)).await?;
    let pause = if hooked { SELDOM } else { OFTEN };
    let young = now.minus(YOUNG);
    // A round may come a moment early.
    let slack = Duration::from_secs(1);
    let issues = store
        .issues_to_read(of, now.minus(pause).plus(slack), young, BATCH)
        .await?;
    let more = issues.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
    let any = !issues.is_empty() || !store.issues_to_read(of, now, young, 1).await?.is_empty();
    let again = match (more, any) {
        (true, _) => Some(Duration::from_secs(5)),
        (false, true) => Some(pause),
        (false, false) => None,
    };
    Ok(Some(Round {
        tracker,
        issues,
        again,
    }))
}

/// The request for one.
pub fn flow(tracker: &Tracker, issue: &Issue) -> Option<Flow> {
    let remote = issue.remote.clone()?;
    Some(Flow::new(tracker.clone(), Task::Read { remote }))
}

/// Writes down how it stands. Says whether that is news.
pub async fn settle(
    tx: &mut Tx,
    resources: &Resources,
    issue: &Issue,
    remote: Option<&Remote>,
) -> Result<bool> {
    let now = resources.now();
    let Some(remote) = remote else {
        rows::set_checked(tx, issue.id, now).await?;
        return Ok(false);
    };
    // What a webhook told meanwhile may be newer.
    if remote.changed_at.is_some_and(|at| at < issue.changed_at) {
        rows::set_checked(tx, issue.id, now).await?;
        return Ok(false);
    }
    rows::set_remote(tx, issue.id, remote, now).await?;
    let news = (&remote.state, remote.closed, &remote.name, &remote.url)
        != (&issue.state, issue.closed, &issue.name, &issue.url);
    if news {
        tell(tx, issue, now).await?;
    }
    Ok(news)
}
