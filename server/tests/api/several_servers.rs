//! Two servers on one PostgreSQL tell each other what changed.

use std::sync::Arc;
use std::time::Duration;

use aside_server::app::App;
use aside_server::auth::password::Passwords;
use aside_server::broadcast;
use aside_server::config::Config;
use aside_server::entropy::SeededEntropy;
use aside_server::notify::{Notify, Subscriber};
use aside_server::resources::Resources;
use aside_server::store::Store;
use aside_server::testing::TestApp;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::take::take;

/// Nothing but a message ends this wait.
async fn told(subscriber: &mut Subscriber) {
    tokio::time::timeout(Duration::from_secs(60), subscriber.changed())
        .await
        .expect("the other server was not told");
}

/// A second server on the same database and objects.
fn second(app: &App) -> App {
    let resources = Resources::new(
        app.store.clone(),
        app.objects.clone(),
        Arc::clone(&app.clock),
        Arc::new(SeededEntropy::new(2)),
    );
    App::new(Config::clone(&app.config), resources, Passwords::quick())
}

#[tokio::test]
async fn a_change_on_one_server_wakes_who_waits_on_the_other_and_nobody_twice() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let other = second(&app.app);
    let leaving = CancellationToken::new();
    for notify in [&app.app.notify, &other.notify] {
        listening(&app.app.store, notify, &leaving).await;
    }
    let take = take(&app).await;
    let mut there = other.notify.subscribe(take.id);
    let here = app.app.notify.subscribe(take.id);
    let before = here.count();
    let comment = json!({ "at_ms": 1, "body": "hello" });
    take.owner
        .post(&take.api("/comments"), &comment)
        .await
        .expect(201);
    told(&mut there).await;
    // A round trip later what this server said itself would have come back.
    other.notify.notify(take.id);
    let mut here = here;
    told(&mut here).await;
    while here.count() < before + 2 {
        told(&mut here).await;
    }
    assert_eq!(
        here.count(),
        before + 2,
        "once for its own change and once for the other server's"
    );

    // The connection is cut: who waits looks again, and hears of what comes after.
    if let Store::Postgres(pool) = &app.app.store {
        const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
            WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        sqlx::query(CUT).execute(pool).await.unwrap();
    }
    // Told only after it listens again.
    told(&mut there).await;
    app.app.notify.notify(take.id);
    told(&mut there).await;
    leaving.cancel();
}

/// Starts the broadcast of a server, and waits until it listens: then everybody who waits is told to look once.
async fn listening(store: &Store, notify: &Notify, leaving: &CancellationToken) {
    let probe = aside_protocol::id::RecordingId::new(
        aside_protocol::time::Timestamp::from_micros(1),
        [9; 10],
    );
    let mut subscriber = notify.subscribe(probe);
    tokio::spawn(broadcast::run(
        store.clone(),
        notify.clone(),
        leaving.clone(),
    ));
    told(&mut subscriber).await;
}
