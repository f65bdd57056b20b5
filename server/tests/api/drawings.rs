//! Drawings on the picture of a comment: who sees them, and what is refused.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::take::{member, take};

fn drawing() -> Value {
    json!({ "shapes": [
        { "tool": "arrow", "color": "red", "points": [100, 200, 5000, 5000] },
        { "tool": "text", "color": "white", "points": [5000, 6000], "text": "here" },
    ] })
}

#[both]
async fn a_drawing_is_read_by_who_may_watch_and_goes_and_comes_back_with_its_comment(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let body = json!({ "at_ms": 700, "body": "cut off", "drawing": drawing() });
    let posted = mara.post(&take.api("/comments"), &body).await.expect(201);
    let comment: Value = posted.json();
    assert_eq!(comment["drawn"], true);
    let id = comment["id"].as_str().unwrap();
    let path = take.api(&format!("/comments/{id}/drawing"));

    let listed: Value = app
        .anonymous()
        .get(&take.api("/comments"))
        .await
        .expect(200)
        .json();
    assert_eq!(listed["comments"][0]["drawn"], true);
    assert!(listed["comments"][0].get("shapes").is_none());
    let read: Value = app.anonymous().get(&path).await.expect(200).json();
    assert_eq!(read, drawing());

    let comment_path = format!("/api/comments/{id}");
    mara.delete(&comment_path).await.expect(204);
    app.anonymous().get(&path).await.expect(404);
    mara.post(&format!("{comment_path}/restore"), &json!({}))
        .await
        .expect(200);
    app.anonymous().get(&path).await.expect(200);

    let plain = json!({ "at_ms": 700, "body": "only words" });
    let plain: Value = mara
        .post(&take.api("/comments"), &plain)
        .await
        .expect(201)
        .json();
    assert_eq!(plain["drawn"], false);
    let none = take.api(&format!(
        "/comments/{}/drawing",
        plain["id"].as_str().unwrap()
    ));
    mara.get(&none).await.expect(404);
}

#[both]
async fn a_drawing_may_be_all_that_a_comment_says(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let alone = json!({ "at_ms": 0, "body": " ", "drawing": drawing() });
    let posted: Value = mara
        .post(&take.api("/comments"), &alone)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&posted["body"], &posted["drawn"]),
        (&json!(""), &json!(true))
    );
    let nothing = json!({ "at_ms": 0, "body": " " });
    let answer = mara.post(&take.api("/comments"), &nothing).await;
    let problem = answer.expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("body"));
}

#[both]
async fn a_bad_drawing_is_refused_and_one_of_a_million_points_is_not_even_read(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let with = |shapes: Value| json!({ "at_ms": 0, "body": "x", "drawing": { "shapes": shapes } });
    let pen =
        |points: usize| json!([{ "tool": "pen", "color": "blue", "points": vec![1; 2 * points] }]);
    for shapes in [
        json!([]),
        pen(5_001),
        json!([{ "tool": "box", "color": "red", "points": [1] }]),
    ] {
        let answer = mara.post(&take.api("/comments"), &with(shapes)).await;
        let problem = answer.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("drawing"));
    }
    let answer = mara
        .post(&take.api("/comments"), &with(pen(1_000_000)))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let listed: Value = mara.get(&take.api("/comments")).await.expect(200).json();
    assert_eq!(listed["comments"], json!([]));
    mara.post(&take.api("/comments"), &with(pen(5_000)))
        .await
        .expect(201);
}
