//! The worker: takes jobs, keeps their leases, says how they ended.
//!
//! It looks when a recording changed, which is told within the process, by the server that started it or by the database
//! (`broadcast`), and when the next job is due. Word may be lost when either side is killed, so it also looks now and then.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::id::JobId;
use aside_protocol::time::Timestamp;
use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::{Context, Kind, LEASE, ModelSettings, Next, Tools, Trouble, given_up};
use crate::domain::job::{Claim, Job};
use crate::media::work_file::WorkFiles;
use crate::resources::Resources;
use crate::service::screen_text;
use crate::service::search::index;
use crate::store::jobs::{self, Failed, Held};
use crate::store::{self, Tx};

/// An idle worker that would be told looks again after this all the same: word may have been lost.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// One that nobody tells, beside a server on the same SQLite file that did not start it, looks again after this.
const LOOK_UNTOLD: Duration = Duration::from_secs(1);
/// A worker whose database does not answer looks again after this.
const DATABASE_PAUSE: Duration = Duration::from_secs(2);
/// After which a job is looked for again that another worker was just claiming.
const CLAIMING: Duration = Duration::from_millis(50);
/// Somebody who is asked to leave gets this long to end what it is doing.
const LEAVE_WITHIN: Duration = Duration::from_secs(10);

/// What there was to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A job was taken.
    Done,
    /// Nothing yet; the next job is due then.
    Idle(Option<Timestamp>),
}

/// One worker. Several may run, in one process or in many.
#[derive(Debug, Clone)]
pub struct Worker {
    resources: Resources,
    tools: Arc<Tools>,
    /// For the column `worker`: who has this job?
    name: Arc<str>,
    /// When an idle worker looks although nobody told it anything.
    pub(super) look_again: Duration,
}

/// Works until `leaving` is cancelled, with the speech model that the settings name and these tools.
/// `told`: whoever changes recordings says so to this process.
pub async fn run(
    resources: Resources,
    model: &ModelSettings,
    tools: Tools,
    told: bool,
    leaving: CancellationToken,
) {
    super::priority::lower(super::priority::Nice::Job);
    let files = WorkFiles::within(model.data.clone());
    let mut worker = Worker::new(resources, tools.working_in(files));
    if !told {
        worker.look_again = LOOK_UNTOLD;
    }
    let model = worker.prepare_model(model, &leaving);
    tokio::join!(model, worker.work(&leaving));
}

impl Worker {
    pub fn new(resources: Resources, tools: Tools) -> Self {
        let chance: [u8; 4] = resources.entropy.array();
        let name = format!("{}-{:08x}", std::process::id(), u32::from_be_bytes(chance));
        Self {
            resources,
            tools: Arc::new(tools),
            name: name.into(),
            look_again: LOOK_AGAIN,
        }
    }

    pub(super) fn resources(&self) -> &Resources {
        &self.resources
    }

    pub(super) fn tools(&self) -> &Tools {
        &self.tools
    }

    /// Takes jobs until `leaving` is cancelled; then ends or gives back what it has.
    pub async fn work(&self, leaving: &CancellationToken) {
        tracing::info!(worker = %self.name, "worker {} takes jobs", self.name);
        if let Err(error) = self.schedule().await {
            tracing::warn!(%error, "cannot schedule the daily jobs: {error}");
        }
        if self.tools.screen().is_some()
            && let Err(error) = screen_text::begin_older(&self.resources).await
        {
            tracing::warn!(%error, "cannot take up recordings whose pictures were not read: {error}");
        }
        let lanes = Kind::ALL
            .into_iter()
            .flat_map(|kind| (0..kind.at_once()).map(move |_| self.lane(kind, leaving)));
        tokio::join!(
            futures_util::future::join_all(lanes),
            self.keep_search(leaving)
        );
        tracing::info!(worker = %self.name, "worker {} has ended", self.name);
    }

    /// Jobs that nothing causes: there is one of each, whoever asks.
    async fn schedule(&self) -> store::Result<()> {
        let now = self.resources.now();
        let reads = self.tools.mailbox().map(|_| Job::ReadAnswers);
        let daily = [
            Job::RemoveObjects,
            Job::PruneRows,
            Job::EmptyTrash,
            Job::ApplyRetention,
        ];
        self.resources
            .store
            .write(async |tx: &mut Tx| {
                for job in daily.into_iter().chain(reads) {
                    let id = JobId::new(now, self.resources.id_entropy());
                    jobs::enqueue(tx, &job, now, now, id).await?;
                }
                Ok(())
            })
            .await
    }

    /// Makes what can be searched for as it changes. That is no job: what waits are rows of their own, written by the database with
    /// each change, and a job's row would be one that all writers wait for.
    async fn keep_search(&self, leaving: &CancellationToken) {
        let mut changes = self.resources.notify.subscribe_all();
        let mut checked = false;
        let mut complained = false;
        while !leaving.is_cancelled() {
            changes.mark_seen();
            let step = async {
                if !checked {
                    index::check_version(&self.resources).await?;
                    checked = true;
                }
                index::step(&self.resources).await
            };
            let pause = match step.await {
                Ok(true) => {
                    complained = false;
                    continue;
                }
                Ok(false) => self.look_again,
                Err(error) => {
                    if !complained {
                        tracing::warn!(%error, "cannot make what can be searched for, trying on: {error}");
                        complained = true;
                    }
                    DATABASE_PAUSE
                }
            };
            tokio::select! {
                () = leaving.cancelled() => {}
                () = changes.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Takes what is due, job after job, until nothing is.
    pub async fn run_until_idle(&self) -> store::Result<()> {
        index::catch_up(&self.resources).await?;
        let stay = CancellationToken::new();
        loop {
            let mut idle = true;
            for kind in Kind::ALL {
                while self.step(kind, &stay).await? == Step::Done {
                    idle = false;
                }
            }
            if idle {
                return Ok(());
            }
        }
    }

    async fn lane(&self, kind: Kind, leaving: &CancellationToken) {
        let mut changes = self.resources.notify.subscribe_all();
        let mut complained = false;
        while !leaving.is_cancelled() {
            // Before it looks: what is told meanwhile makes it look once more.
            changes.mark_seen();
            let pause = match self.step(kind, leaving).await {
                Ok(Step::Done) => continue,
                Ok(Step::Idle(next)) => {
                    complained = false;
                    let now = self.resources.now();
                    let until = |at: Timestamp| u64::try_from(at.micros() - now.micros());
                    let due = next.map(|at| Duration::from_micros(until(at).unwrap_or(0)));
                    // Another worker is just claiming what is due and cannot be had.
                    let due = due.map(|due| due.max(CLAIMING));
                    due.unwrap_or(self.look_again).min(self.look_again)
                }
                Err(error) => {
                    if !complained {
                        tracing::warn!(%error, "the job queue does not answer; trying on: {error}");
                        complained = true;
                    }
                    DATABASE_PAUSE
                }
            };
            tokio::select! {
                () = leaving.cancelled() => {}
                () = changes.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Takes one job that is due, if there is one and this worker can do it.
    async fn step(&self, kind: Kind, leaving: &CancellationToken) -> store::Result<Step> {
        if !self.tools.can_do(kind) {
            return Ok(Step::Idle(None));
        }
        let (now, next) = (
            self.resources.now(),
            self.resources.store.next_job(kind).await?,
        );
        if next.is_none_or(|next| next > now) {
            return Ok(Step::Idle(next));
        }
        let claim = self
            .resources
            .store
            .write(async |tx: &mut Tx| jobs::claim(tx, kind, &self.name, now, LEASE).await)
            .await?;
        let Some(claim) = claim else {
            return Ok(Step::Idle(next));
        };
        self.take(claim, leaving).await?;
        Ok(Step::Done)
    }

    async fn take(&self, claim: Claim, leaving: &CancellationToken) -> store::Result<()> {
        // It was claimed again and again and nobody lived to say how it went.
        if claim.failures >= claim.max_failures {
            return self
                .end(
                    &claim,
                    Ok(Next::GiveUp {
                        why: "every worker that claimed it ended before it was done".to_owned(),
                    }),
                    leaving,
                )
                .await;
        }
        let cx = Context {
            resources: &self.resources,
            tools: &self.tools,
            claim: claim.clone(),
            leaving: leaving.clone(),
        };
        let work = Box::pin(AssertUnwindSafe(super::run(&cx)).catch_unwind());
        let outcome = tokio::select! {
            outcome = work => outcome.unwrap_or(Err(Trouble::Panicked)),
            () = self.keep(&claim) => Err(Trouble::Lost),
            () = out_of_patience(leaving) => {
                tracing::info!(job = ?claim.job, "giving back a job that did not end in time");
                self.resources.store.write(async |tx: &mut Tx| jobs::release(tx, &claim).await).await?;
                return Ok(());
            }
        };
        self.end(&claim, outcome, leaving).await
    }

    /// Keeps the lease; resolves when it is lost.
    async fn keep(&self, claim: &Claim) {
        loop {
            tokio::time::sleep(LEASE / 3).await;
            let held = self
                .resources
                .store
                .write(async |tx: &mut Tx| jobs::hold(tx, claim, self.resources.now(), LEASE).await)
                .await;
            match held {
                Ok(Held::Lost) => return,
                Ok(Held::Yes) => {}
                Err(error) => {
                    tracing::warn!(job = ?claim.job, %error, "cannot extend a lease: {error}");
                }
            }
        }
    }

    /// Writes down how a job ended. While the database is down it is tried again: a result that is not written would
    /// count as a death of this worker.
    async fn end(
        &self,
        claim: &Claim,
        outcome: Result<Next, Trouble>,
        leaving: &CancellationToken,
    ) -> store::Result<()> {
        loop {
            match self.write_end(claim, &outcome).await {
                Err(error) if error.is_outage() && !leaving.is_cancelled() => {
                    tracing::warn!(job = ?claim.job, %error, "cannot write down how a job ended; trying on: {error}");
                    tokio::select! {
                        () = leaving.cancelled() => {}
                        () = tokio::time::sleep(DATABASE_PAUSE) => {}
                    }
                }
                written => return written,
            }
        }
    }

    async fn write_end(&self, claim: &Claim, outcome: &Result<Next, Trouble>) -> store::Result<()> {
        let now = self.resources.now();
        let job = &claim.job;
        let chance = u64::from_be_bytes(self.chance());
        let lost = self
            .resources
            .store
            .write(async |tx: &mut Tx| -> store::Result<bool> {
                super::lock(tx, job).await?;
                Ok(match outcome {
                    Ok(Next::Done) => jobs::done(tx, claim, now).await? == Held::Lost,
                    Ok(Next::Again { after }) => {
                        jobs::again(tx, claim, now.plus(*after), now).await? == Held::Lost
                    }
                    Ok(Next::Later { after }) => {
                        let at = now.plus(*after);
                        jobs::again(tx, claim, at, at).await? == Held::Lost
                    }
                    Ok(Next::GiveUp { why }) => {
                        let held = jobs::give_up(tx, claim, why, now).await?;
                        if held == Held::Yes {
                            given_up(tx, job, now).await?;
                        }
                        held == Held::Lost
                    }
                    Err(Trouble::Lost) => true,
                    Err(trouble) => {
                        let why = trouble.to_string();
                        let failed = if trouble.is_outage() {
                            jobs::world_down(tx, claim, &why, now, chance).await?
                        } else {
                            jobs::failed(tx, claim, &why, now, chance).await?
                        };
                        match failed {
                            Failed::Later => false,
                            Failed::GivenUp => {
                                given_up(tx, job, now).await?;
                                false
                            }
                            Failed::Lost => true,
                        }
                    }
                })
            })
            .await?;
        match outcome {
            _ if lost => tracing::warn!(
                ?job,
                attempt = claim.attempt,
                "somebody else has taken over a job"
            ),
            Ok(Next::GiveUp { why }) => tracing::warn!(?job, why, "gave up a job: {why}"),
            Err(error) if error.is_outage() => {
                tracing::warn!(?job, %error, "a job waits until what it needs works again: {error}");
            }
            Err(error) => {
                tracing::warn!(?job, failures = claim.failures + 1, %error, "a job failed: {error}");
            }
            Ok(Next::Done | Next::Again { .. } | Next::Later { .. }) => {
                tracing::debug!(?job, ?outcome, "a job ended");
            }
        }
        Ok(())
    }

    fn chance<const N: usize>(&self) -> [u8; N] {
        self.resources.entropy.array()
    }
}

async fn out_of_patience(leaving: &CancellationToken) {
    leaving.cancelled().await;
    tokio::time::sleep(LEAVE_WITHIN).await;
}
