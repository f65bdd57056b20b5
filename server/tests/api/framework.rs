//! What holds for every address.

use aside_protocol::problem::ProblemCode;

both! {
    async fn an_address_that_is_not_there_is_a_problem(app) {
        app.anonymous().get("/api/nothing/here").await.expect_problem(ProblemCode::NotFound);
    }

    async fn a_method_an_address_does_not_take_is_a_problem(app) {
        app.anonymous().delete("/healthz").await.expect_problem(ProblemCode::MethodNotAllowed);
    }

    async fn without_a_database_every_request_says_when_to_come_back(app) {
        let sam = app.sam().await;
        app.app.store.close().await;
        for path in ["/healthz", "/api/me", "/api/recordings", "/api/watch/0123456789abcdefghijkl"] {
            let answer = sam.get(path).await;
            assert_eq!(answer.header("retry-after"), "5", "{path}");
            answer.expect_problem(ProblemCode::Unavailable);
        }
    }

    async fn a_healthy_server_says_so(app) {
        let answer = app.anonymous().get("/healthz").await.expect(200);
        assert_eq!(answer.text(), "ok\n");
    }
}
