//! The contract of the queue, on both databases.

use std::collections::HashMap;

use aside_protocol::id::RecordingId;

use super::*;
use crate::testing::{BEGINNING, TestApp};
use aside_test_macros::both;

const LEASE: Duration = Duration::from_secs(15);
const SECOND: Duration = Duration::from_secs(1);

fn job(n: u8) -> Job {
    Job::TranscribeSpeech {
        recording: RecordingId::new(BEGINNING, [n; 10]),
    }
}

impl TestApp {
    async fn enqueue(&self, job: &Job) {
        self.enqueue_at(job, self.app.now()).await;
    }

    async fn enqueue_at(&self, job: &Job, run_at: Timestamp) {
        let (now, id) = (
            self.app.now(),
            JobId::new(self.app.now(), self.app.id_entropy()),
        );
        self.app
            .store
            .write(async |tx: &mut Tx| enqueue(tx, job, run_at, now, id).await)
            .await
            .unwrap();
    }

    async fn is_due(&self, kind: Kind) -> bool {
        let next = self.app.store.next_job(kind).await.unwrap();
        next.is_some_and(|at| at <= self.app.now())
    }

    async fn claim(&self, worker: &str) -> Option<Claim> {
        let now = self.app.now();
        self.app
            .store
            .write(async |tx: &mut Tx| claim(tx, Kind::TranscribeSpeech, worker, now, LEASE).await)
            .await
            .unwrap()
    }

    async fn done(&self, claim: &Claim) -> Held {
        let now = self.app.now();
        self.app
            .store
            .write(async |tx: &mut Tx| done(tx, claim, now).await)
            .await
            .unwrap()
    }

    async fn again(&self, claim: &Claim, after: Duration) -> Held {
        let now = self.app.now();
        self.app
            .store
            .write(async |tx: &mut Tx| again(tx, claim, now.plus(after), now).await)
            .await
            .unwrap()
    }

    async fn hold(&self, claim: &Claim) -> Held {
        let now = self.app.now();
        self.app
            .store
            .write(async |tx: &mut Tx| hold(tx, claim, now, LEASE).await)
            .await
            .unwrap()
    }

    async fn failed(&self, claim: &Claim) -> Failed {
        let now = self.app.now();
        self.app
            .store
            .write(async |tx: &mut Tx| failed(tx, claim, "it rained", now, 0).await)
            .await
            .unwrap()
    }

    /// The queue as text: one job a line.
    async fn queue(&self) -> Vec<String> {
        let jobs = self.app.store.jobs().await.unwrap();
        jobs.into_iter()
            .map(|j| format!("{} attempt {} failures {}", j.state, j.attempt, j.failures))
            .collect()
    }
}

#[both]
async fn a_job_is_done_once_and_then_nobody_finds_it(app: TestApp) {
    assert!(app.claim("a").await.is_none());
    app.enqueue(&job(1)).await;
    assert!(app.is_due(Kind::TranscribeSpeech).await);
    assert!(!app.is_due(Kind::MakePoster).await);
    let claim = app.claim("a").await.unwrap();
    assert_eq!((&claim.job, claim.attempt, claim.failures), (&job(1), 1, 0));
    assert!(app.claim("b").await.is_none(), "it is taken");
    assert!(!app.is_due(Kind::TranscribeSpeech).await);
    assert_eq!(app.done(&claim).await, Held::Yes);
    assert_eq!(app.done(&claim).await, Held::Lost);
    app.clock.advance(LEASE * 100);
    assert!(app.claim("b").await.is_none());
    assert_eq!(app.queue().await, ["done attempt 1 failures 0"]);
}

#[both]
async fn a_claimed_job_whose_lease_ran_out_can_be_claimed_and_the_first_worker_can_no_longer_finish_it(
    app: TestApp,
) {
    app.enqueue(&job(1)).await;
    let first = app.claim("a").await.unwrap();
    app.clock.advance(LEASE - SECOND);
    assert!(app.claim("b").await.is_none());
    assert_eq!(app.hold(&first).await, Held::Yes);
    app.clock.advance(LEASE - SECOND);
    assert!(app.claim("b").await.is_none(), "it was extended");
    app.clock.advance(SECOND);
    let second = app.claim("b").await.unwrap();
    assert_eq!(
        (second.attempt, second.failures),
        (2, 1),
        "a lease that ran out is a failure"
    );
    for report in [
        app.hold(&first).await,
        app.done(&first).await,
        app.again(&first, SECOND).await,
    ] {
        assert_eq!(report, Held::Lost);
    }
    assert_eq!(app.failed(&first).await, Failed::Lost);
    assert_eq!(app.done(&second).await, Held::Yes);
}

#[both]
async fn a_job_asked_for_twice_runs_once(app: TestApp) {
    app.enqueue(&job(1)).await;
    app.enqueue(&job(1)).await;
    app.enqueue(&job(2)).await;
    let (a, b) = (app.claim("a").await.unwrap(), app.claim("a").await.unwrap());
    assert_ne!(a.job, b.job);
    assert!(app.claim("a").await.is_none());
    assert_eq!(app.queue().await.len(), 2);
}

#[both]
async fn a_job_asked_for_while_it_runs_runs_once_more(app: TestApp) {
    app.enqueue(&job(1)).await;
    let claim = app.claim("a").await.unwrap();
    app.enqueue(&job(1)).await;
    assert!(app.claim("b").await.is_none(), "never twice at once");
    assert_eq!(app.done(&claim).await, Held::Yes);
    let claim = app
        .claim("b")
        .await
        .expect("what was asked for is not forgotten");
    assert_eq!(app.done(&claim).await, Held::Yes);
    app.enqueue(&job(1)).await;
    assert!(
        app.claim("c").await.is_some(),
        "a new one after it was done"
    );
}

#[both]
async fn a_job_that_waits_is_woken_by_whoever_asks_for_it(app: TestApp) {
    app.enqueue(&job(1)).await;
    let claim = app.claim("a").await.unwrap();
    assert_eq!(app.again(&claim, SECOND * 60).await, Held::Yes);
    assert!(app.claim("a").await.is_none());
    app.enqueue(&job(1)).await;
    let claim = app.claim("a").await.unwrap();
    app.enqueue(&job(1)).await;
    assert_eq!(app.again(&claim, SECOND * 60).await, Held::Yes);
    assert!(
        app.claim("a").await.is_some(),
        "it was asked for while it ran"
    );
}

#[both]
async fn a_job_for_later_waits_for_its_time(app: TestApp) {
    app.enqueue_at(&job(1), app.app.now().plus(SECOND * 3))
        .await;
    assert!(app.claim("a").await.is_none());
    app.clock.advance(SECOND * 3);
    assert!(app.claim("a").await.is_some());
}

#[both]
async fn a_failing_job_comes_back_later_and_later_until_it_is_given_up(app: TestApp) {
    app.enqueue(&job(1)).await;
    let mut pauses = Vec::new();
    loop {
        let claim = app.claim("a").await.unwrap();
        match app.failed(&claim).await {
            Failed::Later => {}
            Failed::GivenUp => break,
            Failed::Lost => panic!("nobody else is here"),
        }
        app.enqueue(&job(1)).await;
        assert!(
            app.claim("a").await.is_none(),
            "asking does not shorten the pause"
        );
        let before = app.app.now();
        while !app.is_due(Kind::TranscribeSpeech).await {
            app.clock.advance(SECOND / 4);
        }
        pauses.push(app.app.now().micros() - before.micros());
    }
    assert_eq!(pauses.len(), usize::try_from(MAX_FAILURES).unwrap() - 1);
    assert!(
        pauses.windows(2).all(|p| p[0] <= p[1]) && pauses[0] < pauses[5],
        "{pauses:?}"
    );
    assert_eq!(app.queue().await, ["failed attempt 8 failures 7"]);
    app.enqueue(&job(1)).await;
    assert!(app.claim("a").await.is_some(), "it may be asked for anew");
}

#[both]
async fn success_forgets_failures(app: TestApp) {
    app.enqueue(&job(1)).await;
    let claim = app.claim("a").await.unwrap();
    assert_eq!(app.failed(&claim).await, Failed::Later);
    app.clock.advance(SECOND * 10);
    let claim = app.claim("a").await.unwrap();
    assert_eq!(claim.failures, 1);
    app.again(&claim, SECOND).await;
    app.clock.advance(SECOND);
    assert_eq!(app.claim("a").await.unwrap().failures, 0);
}

#[both]
async fn a_job_given_back_can_be_taken_at_once(app: TestApp) {
    app.enqueue(&job(1)).await;
    let claim = app.claim("a").await.unwrap();
    let released = app
        .app
        .store
        .write(async |tx: &mut Tx| release(tx, &claim).await)
        .await
        .unwrap();
    assert_eq!(released, Held::Yes);
    assert_eq!(app.claim("b").await.unwrap().failures, 0);
}

#[both]
async fn what_ended_long_ago_is_forgotten_and_nothing_else(app: TestApp) {
    app.enqueue(&job(1)).await;
    let claim = app.claim("a").await.unwrap();
    app.done(&claim).await;
    app.clock.advance(SECOND * 100);
    app.enqueue(&job(2)).await;
    let now = app.app.now();
    let forgotten = app
        .app
        .store
        .write(async |tx: &mut Tx| forget_ended(tx, now).await)
        .await
        .unwrap();
    assert_eq!(
        (forgotten, app.queue().await),
        (1, vec!["waiting attempt 0 failures 0".to_owned()])
    );
}

#[both]
async fn eight_workers_of_which_some_die_do_every_job_exactly_once(app: TestApp) {
    const JOBS: u8 = 60;
    for n in 0..JOBS {
        app.enqueue(&job(n)).await;
    }
    let finished = std::sync::Mutex::new(HashMap::<String, u32>::new());
    let worker = async |name: String| {
        let mut taken = 0;
        while let Some(claim) = app.claim(&name).await {
            taken += 1;
            // Every seventh first attempt dies without a word.
            if claim.attempt == 1 && taken % 7 == 0 {
                continue;
            }
            assert_eq!(app.done(&claim).await, Held::Yes);
            *finished
                .lock()
                .unwrap()
                .entry(claim.job.dedup_key())
                .or_default() += 1;
        }
    };
    for _ in 0..3 {
        futures_util::future::join_all((0..8).map(|n| worker(format!("w{n}")))).await;
        app.clock.advance(LEASE);
    }
    let finished = finished.into_inner().unwrap();
    assert_eq!(finished.len(), usize::from(JOBS));
    assert!(finished.values().all(|n| *n == 1), "{finished:?}");
}
