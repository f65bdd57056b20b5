//! What holds for every address.

use aside_protocol::problem::ProblemCode;
use aside_server::store::reachable::Reachable;
use aside_server::testing::TestApp;
use aside_test_macros::both;

use crate::take::take;

#[both]
async fn an_address_that_is_not_there_is_a_problem(app: TestApp) {
    app.anonymous()
        .get("/api/nothing/here")
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_method_an_address_does_not_take_is_a_problem(app: TestApp) {
    app.anonymous()
        .delete("/healthz")
        .await
        .expect_problem(ProblemCode::MethodNotAllowed);
}

#[both]
async fn without_a_database_every_request_says_when_to_come_back(app: TestApp) {
    let sam = app.sam().await;
    app.app.store.close().await;
    for path in [
        "/healthz",
        "/api/me",
        "/api/recordings",
        "/api/watch/0123456789abcdefghijkl",
    ] {
        let answer = sam.get(path).await;
        assert_eq!(answer.header("retry-after"), "5", "{path}");
        answer.expect_problem(ProblemCode::Unavailable);
    }
}

#[both]
async fn a_database_that_goes_down_keeps_no_request_waiting(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let path = format!(
        "{}/video.m3u8?_HLS_msn=1&_HLS_part=2",
        take.media(&app.anonymous()).await
    );
    let (up, reachable) = Reachable::told();
    let mut app = app;
    app.app.reachable = reachable;
    let anyone = app.anonymous();
    // Waits for the next part, until the database is gone.
    let waiting = tokio::spawn(async move { anyone.get(&path).await });
    tokio::task::yield_now().await;
    up.send_replace(false);
    waiting
        .await
        .unwrap()
        .expect_problem(ProblemCode::Unavailable);
    app.anonymous()
        .get("/api/me")
        .await
        .expect_problem(ProblemCode::Unavailable);
    up.send_replace(true);
    app.anonymous().get("/api/me").await.expect(200);
}

#[both]
async fn a_healthy_server_says_so(app: TestApp) {
    let answer = app.anonymous().get("/healthz").await.expect(200);
    assert_eq!(answer.text(), "ok\n");
}
