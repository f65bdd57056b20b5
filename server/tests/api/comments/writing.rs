//! What a comment is, and what it must not be.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{guest, list, path, refused, write};
use crate::take::{member, take};

#[both]
async fn a_member_comments_under_the_name_of_the_account(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let comment = write(&mara, &take, json!({ "at_ms": 1200, "end_ms": 1500, "body": "The *button* is cut off", "guest_name": "Sam" })).await;
    assert_eq!(
        (
            comment["at_ms"].clone(),
            comment["end_ms"].clone(),
            comment["parent_id"].clone()
        ),
        (json!(1200), json!(1500), Value::Null)
    );
    assert_eq!(comment["html"], "<p>The <em>button</em> is cut off</p>\n");
    assert_eq!(
        (
            comment["author"]["name"].clone(),
            comment["author"]["kind"].clone()
        ),
        (json!("Mara"), json!("member"))
    );
    assert_eq!(
        (comment["mine"].clone(), comment["deleted"].clone()),
        (json!(true), json!(false))
    );
    let seen = list(&app.anonymous(), &take).await;
    assert_eq!(
        (seen.len(), seen[0]["id"].clone(), seen[0]["mine"].clone()),
        (1, comment["id"].clone(), json!(false))
    );
    assert_eq!(take.watch(&app.anonymous()).await["comments"], 1);
}

#[both]
async fn a_stranger_gives_a_name_and_may_change_what_it_wrote(app: TestApp) {
    let take = take(&app).await;
    let (ana, comment) = guest(&app, &take, "  Ana  Sol ", 100).await;
    assert_eq!(
        (
            comment["author"]["name"].clone(),
            comment["author"]["kind"].clone()
        ),
        (json!("Ana Sol"), json!("guest"))
    );
    let second = write(&ana, &take, json!({ "at_ms": 200, "body": "and this" })).await;
    assert_eq!(second["author"], comment["author"], "the cookie is known");

    let edited: Value = ana
        .patch(&path(&comment), &json!({ "body": "better words" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (edited["body"].clone(), edited["mine"].clone()),
        (json!("better words"), json!(true))
    );
    assert_eq!(edited["edited_at"], json!(app.app.now()));
    ana.delete(&path(&second)).await.expect(204);
    assert_eq!(list(&ana, &take).await.len(), 1);
}

#[both]
async fn a_stranger_without_a_name_is_asked_for_one(app: TestApp) {
    let take = take(&app).await;
    let anyone = app.anonymous();
    for name in [
        Value::Null,
        json!(""),
        json!("  \n "),
        json!("x".repeat(81)),
    ] {
        refused(
            anyone
                .post(
                    &take.api("/comments"),
                    &json!({ "body": "words", "guest_name": name }),
                )
                .await,
            "guest_name",
        )
        .await;
    }
}

#[both]
async fn what_a_comment_must_not_be(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    take.finish(4, 4).await;
    let mara = member(&app, "Mara").await;
    let post = async |comment: Value| mara.post(&take.api("/comments"), &comment).await;
    refused(post(json!({ "at_ms": 0, "body": "" })).await, "body").await;
    refused(post(json!({ "at_ms": 0, "body": " \n\t" })).await, "body").await;
    refused(
        post(json!({ "at_ms": 0, "body": "x".repeat(100_000) })).await,
        "body",
    )
    .await;
    refused(
        post(json!({ "at_ms": 60_000, "body": "words" })).await,
        "at_ms",
    )
    .await;
    refused(
        post(json!({ "at_ms": 1000, "end_ms": 900, "body": "words" })).await,
        "end_ms",
    )
    .await;
    post(json!({ "at_ms": -1, "body": "words" }))
        .await
        .expect_problem(ProblemCode::Invalid);
    post(json!({ "at_ms": 0, "body": "words", "html": "<b>" }))
        .await
        .expect_problem(ProblemCode::Invalid);
    post(json!({ "at_ms": 0, "body": "x".repeat(2_000_000) }))
        .await
        .expect_problem(ProblemCode::TooLarge);
    assert!(list(&mara, &take).await.is_empty());
}

#[both]
async fn while_the_take_runs_a_comment_may_be_ahead_of_the_upload(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    write(
        &member(&app, "Mara").await,
        &take,
        json!({ "at_ms": 65_000, "body": "live" }),
    )
    .await;
}

#[both]
async fn html_is_shown_as_words_and_never_runs(app: TestApp) {
    let take = take(&app).await;
    let evil = "https://example.org [x](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n<script>alert(1)</script>";
    let comment: Value = app
        .anonymous()
        .post(
            &take.api("/comments"),
            &json!({ "body": evil, "guest_name": "<script>alert(1)</script>" }),
        )
        .await
        .expect(201)
        .json();
    let html = comment["html"].as_str().unwrap();
    assert!(
        !html.contains("<script") && !html.contains("<img") && !html.contains("\"javascript:"),
        "{html}"
    );
    assert!(
        html.contains("rel=\"nofollow noopener noreferrer\""),
        "{html}"
    );
    assert_eq!(comment["body"], evil, "the words stay as they were written");
    assert_eq!(
        comment["author"]["name"], "<script>alert(1)</script>",
        "a name is text, not HTML"
    );
}
