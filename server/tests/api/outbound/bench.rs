//! Many deliveries to receivers of which some fail. The large one is for `cargo nextest run --run-ignored all -E 'test(thousand)'`.

use std::sync::Arc;
use std::time::Duration;

use aside_server::checked_http::{Limits, SystemLookup};
use aside_server::testing::TestApp;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::receiver::Receiver;
use super::{add, http, log, new, say, set_up, worker_with};
use crate::people::recorded;

/// `each` events to seven receivers that work, one that fails, one that nobody listens at and one that never answers: healthy ones get
/// each once, and do not wait for the others; what did not arrive is in the log with its reason.
async fn some_fail(each: usize) {
    let app = set_up(TestApp::sqlite().await);
    let take = recorded(&app, app.sam().await, "link").await;
    let mut healthy = Vec::new();
    for _ in 0..7 {
        let receiver = Receiver::start().await;
        add(&take.owner, &new("webhook", &receiver.url())).await;
        healthy.push(receiver);
    }
    let failing = Receiver::start().await;
    failing.always(500);
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    // Connections stand in its queue, and nobody takes them.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let mut bad = Vec::new();
    for url in [
        failing.url(),
        format!("http://127.0.0.1:{closed}/"),
        format!("http://127.0.0.1:{silent_port}/"),
    ] {
        bad.push(add(&take.owner, &new("webhook", &url)).await.0);
    }
    let never = Limits {
        // Longer than the test: whoever waits for the silent one is not done.
        total: Duration::from_secs(3600),
        connect: Duration::from_secs(3600),
        answer: 1024,
    };
    let client = http("127.0.0.1", never, Arc::new(SystemLookup));
    let worker = worker_with(&app, client);
    let leaving = CancellationToken::new();
    let arrives = async {
        for number in 0..each {
            say(&take.owner, &take, &format!("number {number}")).await;
        }
        for receiver in &healthy {
            while receiver.got().len() < each {
                tokio::task::yield_now().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let mut ids: Vec<String> = receiver
                .got()
                .iter()
                .map(|it| it.header("webhook-id").to_owned())
                .collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!((ids.len(), receiver.got().len()), (each, each), "each once");
        }
        for id in &bad[..2] {
            loop {
                let lines = log(&take.owner, id).await;
                assert!(lines.iter().all(|it| it["state"] == "waiting"));
                if lines.iter().any(|it| it["last"]["reason"].is_string()) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    tokio::select! {
        () = Box::pin(worker.work(&leaving)) => panic!("nobody told it to leave"),
        () = Box::pin(arrives) => {}
    }
    drop(silent);
}

#[tokio::test]
async fn receivers_that_work_do_not_wait_for_those_that_do_not() {
    some_fail(5).await;
}

/// The number of the target: 1,000 deliveries to ten destinations. Prints how long each of four rounds took and what the process, with server and receivers in it, grew by.
#[tokio::test]
#[ignore = "a number, not a claim"]
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
async fn a_thousand_deliveries_of_which_a_third_fail() {
    let resident = || {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        let pages = text.split(' ').nth(1).and_then(|it| it.parse::<u64>().ok());
        pages.unwrap_or(0) * 4
    };
    // The first round brings what a process needs once.
    for round in 1..=4 {
        let before = resident();
        let began = std::time::Instant::now();
        some_fail(100).await;
        let (took, grew) = (began.elapsed(), resident().saturating_sub(before));
        eprintln!(
            "round {round}: {:.1} s, grew by {grew} KiB",
            took.as_secs_f64()
        );
    }
}
