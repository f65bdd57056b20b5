//! An idle worker takes a job when it is told of it, or when it is due.

use std::time::Duration;

use aside_protocol::id::{JobId, RecordingId};
use aside_test_macros::both;
use tokio_util::sync::CancellationToken;

use crate::domain::job::Job;
use crate::jobs::Tools;
use crate::jobs::worker::Worker;
use crate::store::{Tx, jobs};
use crate::testing::TestApp;

/// A job that ends at once, because there is no such recording.
fn job(app: &TestApp) -> Job {
    Job::MakePoster {
        recording: RecordingId::new(app.app.now(), app.app.id_entropy()),
    }
}

async fn enqueue(app: &TestApp, job: &Job) {
    let (now, id) = (
        app.app.now(),
        JobId::new(app.app.now(), app.app.id_entropy()),
    );
    let store = &app.app.store;
    let queued = store.write(async |tx: &mut Tx| jobs::enqueue(tx, job, now, now, id).await);
    queued.await.unwrap();
}

async fn is_done(app: &TestApp, job: &Job) -> bool {
    let jobs = app.app.store.jobs().await.unwrap();
    jobs.iter().any(|j| j.job == *job && j.state == "done")
}

async fn done(app: &TestApp, job: &Job) {
    while !is_done(app, job).await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A worker that by itself would look again after an hour only.
fn idle_for_long(app: &TestApp) -> Worker {
    let mut worker = Worker::new(app.app.resources.clone(), Tools::default());
    worker.look_again = Duration::from_secs(3600);
    worker
}

#[both]
async fn an_idle_worker_takes_a_job_when_it_is_told_of_a_change_even_while_it_looks(app: TestApp) {
    let leaving = CancellationToken::new();
    let (worker, told) = (idle_for_long(&app), app.app.notify.clone());
    let test = async {
        for _ in 0..50 {
            let next = job(&app);
            enqueue(&app, &next).await;
            told.notify_any();
            // Whatever the worker is doing now: looking, waiting, or between the two.
            done(&app, &next).await;
        }
        leaving.cancel();
    };
    tokio::join!(worker.work(&leaving), test);
}
