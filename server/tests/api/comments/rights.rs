//! Who may change, delete and bring back which comment.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{guest, list, path, write};
use crate::take::{member, take};

#[both]
async fn words_belong_to_who_wrote_them(app: TestApp) {
    let take = take(&app).await;
    let (_, by_ana) = guest(&app, &take, "Ana", 100).await;
    let (ben, _) = guest(&app, &take, "Ben", 200).await;
    let mara = member(&app, "Mara").await;
    for (who, code) in [
        (&ben, ProblemCode::Forbidden),
        (&mara, ProblemCode::Forbidden),
        (&app.anonymous(), ProblemCode::Unauthenticated),
    ] {
        who.patch(&path(&by_ana), &json!({ "body": "mine now" }))
            .await
            .expect_problem(code);
        who.patch(&path(&by_ana), &json!({ "resolved": true }))
            .await
            .expect_problem(code);
        who.delete(&path(&by_ana)).await.expect_problem(code);
        who.post(&format!("{}/restore", path(&by_ana)), &json!({}))
            .await
            .expect_problem(code);
    }
    take.owner
        .patch(&path(&by_ana), &json!({ "body": "mine now" }))
        .await
        .expect_problem(ProblemCode::Forbidden);
    take.owner.delete(&path(&by_ana)).await.expect(204);
}

#[both]
async fn only_who_deleted_a_comment_brings_it_back(app: TestApp) {
    let take = take(&app).await;
    let (ana, by_ana) = guest(&app, &take, "Ana", 100).await;
    let restore = format!("{}/restore", path(&by_ana));
    let back = async |who: &Client| who.post(&restore, &json!({})).await;

    take.owner.delete(&path(&by_ana)).await.expect(204);
    back(&ana).await.expect_problem(ProblemCode::Forbidden);
    assert!(list(&app.anonymous(), &take).await.is_empty());
    back(&take.owner).await.expect(200);

    ana.delete(&path(&by_ana)).await.expect(204);
    back(&take.owner)
        .await
        .expect_problem(ProblemCode::Forbidden);
    back(&ana).await.expect(200);

    // Deleted by its author first and by the owner after: the owner's word counts.
    ana.delete(&path(&by_ana)).await.expect(204);
    take.owner.delete(&path(&by_ana)).await.expect(204);
    ana.delete(&path(&by_ana)).await.expect(204);
    back(&ana).await.expect_problem(ProblemCode::Forbidden);
    back(&take.owner).await.expect(200);
    assert_eq!(list(&app.anonymous(), &take).await.len(), 1);
}

#[both]
async fn of_two_that_change_one_comment_the_second_is_told_and_overwrites_nothing(app: TestApp) {
    let take = take(&app).await;
    let comment = write(&take.owner, &take, json!({ "at_ms": 1, "body": "first" })).await;
    let at = |version: &Value| {
        take.owner
            .clone()
            .with("if-match", &format!("\"{version}\""))
    };
    let changed: Value = at(&comment["version"])
        .patch(&path(&comment), &json!({ "body": "second" }))
        .await
        .expect(200)
        .json();
    at(&comment["version"])
        .patch(&path(&comment), &json!({ "body": "third" }))
        .await
        .expect_problem(ProblemCode::VersionConflict);
    assert_eq!(list(&take.owner, &take).await[0]["body"], "second");
    at(&changed["version"])
        .patch(&path(&comment), &json!({ "resolved": true }))
        .await
        .expect(200);
    take.owner
        .patch(&path(&comment), &json!({ "body": "without a header" }))
        .await
        .expect(200);
    take.owner
        .clone()
        .with("if-match", "*")
        .patch(&path(&comment), &json!({ "body": "any" }))
        .await
        .expect(200);
    take.owner
        .clone()
        .with("if-match", "3")
        .patch(&path(&comment), &json!({ "body": "x" }))
        .await
        .expect_problem(ProblemCode::BadRequest);
}

#[both]
async fn a_comment_nobody_wrote_is_not_found(app: TestApp) {
    let sam = member(&app, "Sam").await;
    for id in ["01941f29-7c00-7000-8000-000000000000", "x"] {
        sam.patch(&format!("/api/comments/{id}"), &json!({ "body": "x" }))
            .await
            .expect_problem(ProblemCode::NotFound);
        sam.delete(&format!("/api/comments/{id}"))
            .await
            .expect_problem(ProblemCode::NotFound);
    }
}

#[both]
async fn comments_follow_the_rights_of_their_recording(app: TestApp) {
    let take = take(&app).await;
    let (ana, comment) = guest(&app, &take, "Ana", 100).await;
    take.for_members_only().await;
    for code in [ProblemCode::NotFound] {
        ana.patch(&path(&comment), &json!({ "body": "x" }))
            .await
            .expect_problem(code);
        ana.delete(&path(&comment)).await.expect_problem(code);
        ana.post(&take.api("/comments"), &json!({ "body": "x" }))
            .await
            .expect_problem(code);
    }
    take.trash().await;
    take.owner
        .delete(&path(&comment))
        .await
        .expect_problem(ProblemCode::Gone);
}

#[both]
async fn another_site_cannot_write_in_somebodys_name(app: TestApp) {
    let take = take(&app).await;
    let (ana, comment) = guest(&app, &take, "Ana", 100).await;
    let elsewhere = ana.with("sec-fetch-site", "cross-site");
    elsewhere
        .post(&take.api("/comments"), &json!({ "body": "x" }))
        .await
        .expect_problem(ProblemCode::CrossSite);
    elsewhere
        .delete(&path(&comment))
        .await
        .expect_problem(ProblemCode::CrossSite);
    let stranger = app.anonymous().with("sec-fetch-site", "cross-site");
    stranger
        .post(
            &take.api("/comments"),
            &json!({ "body": "x", "guest_name": "X" }),
        )
        .await
        .expect_problem(ProblemCode::CrossSite);
}

#[both]
async fn a_flood_of_strangers_is_slowed_and_members_are_not(app: TestApp) {
    let take = take(&app).await;
    let flood = json!({ "body": "spam", "guest_name": "Bot" });
    for _ in 0..30 {
        app.anonymous()
            .post(&take.api("/comments"), &flood)
            .await
            .expect(201);
    }
    let slowed = app.anonymous().post(&take.api("/comments"), &flood).await;
    assert_eq!(slowed.header("retry-after"), "7");
    slowed.expect_problem(ProblemCode::TooManyRequests);
    write(&take.owner, &take, json!({ "body": "calm" })).await;
    app.clock.advance(Duration::from_secs(7));
    app.anonymous()
        .post(&take.api("/comments"), &flood)
        .await
        .expect(201);
}
