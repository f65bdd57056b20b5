//! Threads at a moment: writing, changing, and what strangers must not be able to do.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::testing::{Answer, Client, TestApp};
use serde_json::{Value, json};

use crate::take::{Take, begin, member, take};

/// A stranger's browser after its first comment: it sends its cookie, and says that the page is ours.
async fn guest(app: &TestApp, take: &Take, name: &str, at_ms: u64) -> (Client, Value) {
    let answer = app
        .anonymous()
        .post(
            &take.api("/comments"),
            &json!({ "at_ms": at_ms, "body": "**hm**", "guest_name": name }),
        )
        .await
        .expect(201);
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(cookie.starts_with("aside_guest_"), "{cookie}");
    (
        app.anonymous()
            .with("cookie", &cookie)
            .with("sec-fetch-site", "same-origin"),
        answer.json(),
    )
}

async fn write(who: &Client, take: &Take, comment: Value) -> Value {
    who.post(&take.api("/comments"), &comment)
        .await
        .expect(201)
        .json()
}

async fn list(who: &Client, take: &Take) -> Vec<Value> {
    let all: Value = who.get(&take.api("/comments")).await.expect(200).json();
    all["comments"].as_array().unwrap().clone()
}

fn path(comment: &Value) -> String {
    format!("/api/comments/{}", comment["id"].as_str().unwrap())
}

fn ids(comments: &[Value]) -> Vec<&str> {
    comments.iter().map(|c| c["id"].as_str().unwrap()).collect()
}

async fn refused(answer: Answer, field: &str) {
    assert_eq!(
        answer.expect_problem(ProblemCode::Invalid).field.as_deref(),
        Some(field)
    );
}

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

#[both]
async fn a_reply_joins_the_thread_and_stands_where_it_does(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let root = write(&mara, &take, json!({ "at_ms": 700, "body": "root" })).await;
    let reply = write(
        &take.owner,
        &take,
        json!({ "at_ms": 9, "body": "reply", "parent_id": root["id"] }),
    )
    .await;
    let deeper = write(
        &mara,
        &take,
        json!({ "body": "reply to the reply", "parent_id": reply["id"] }),
    )
    .await;
    for answer in [&reply, &deeper] {
        assert_eq!(
            (answer["parent_id"].clone(), answer["at_ms"].clone()),
            (root["id"].clone(), json!(700))
        );
    }
    let early = write(&mara, &take, json!({ "at_ms": 5, "body": "early" })).await;
    let all = list(&mara, &take).await;
    assert_eq!(
        ids(&all)[..2],
        [early["id"].as_str().unwrap(), root["id"].as_str().unwrap()],
        "by moment, then by instant"
    );
}

#[both]
async fn a_reply_cannot_join_a_thread_that_is_not_there(app: TestApp) {
    let take = take(&app).await;
    let elsewhere = begin(&app, take.owner.clone(), &[TrackName::Video]).await;
    let foreign = write(&take.owner, &elsewhere, json!({ "body": "elsewhere" })).await;
    let gone = write(&take.owner, &take, json!({ "body": "gone" })).await;
    take.owner.delete(&path(&gone)).await.expect(204);
    for parent in [
        foreign["id"].clone(),
        gone["id"].clone(),
        json!("01941f29-7c00-7000-8000-000000000000"),
    ] {
        refused(
            take.owner
                .post(
                    &take.api("/comments"),
                    &json!({ "body": "x", "parent_id": parent }),
                )
                .await,
            "parent_id",
        )
        .await;
    }
    take.owner
        .post(
            &take.api("/comments"),
            &json!({ "body": "x", "parent_id": "no id" }),
        )
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn a_deleted_comment_holds_its_thread_and_says_nothing(app: TestApp) {
    let take = take(&app).await;
    let (ana, root) = guest(&app, &take, "Ana", 100).await;
    let reply = write(
        &take.owner,
        &take,
        json!({ "body": "reply", "parent_id": root["id"] }),
    )
    .await;
    ana.delete(&path(&root)).await.expect(204);
    ana.delete(&path(&root)).await.expect(204);

    let seen = list(&app.anonymous(), &take).await;
    assert_eq!(seen.len(), 2);
    let shell = seen.iter().find(|c| c["id"] == root["id"]).unwrap();
    assert_eq!(shell["deleted"], true);
    assert_eq!(
        (
            shell["body"].clone(),
            shell["html"].clone(),
            shell["author"]["name"].clone()
        ),
        (json!(""), json!(""), json!(""))
    );
    ana.patch(&path(&root), &json!({ "body": "x" }))
        .await
        .expect_problem(ProblemCode::Gone);

    take.owner.delete(&path(&reply)).await.expect(204);
    assert!(
        list(&app.anonymous(), &take).await.is_empty(),
        "a thread without living replies is gone"
    );

    let back: Value = ana
        .post(&format!("{}/restore", path(&root)), &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            back["body"].clone(),
            back["deleted"].clone(),
            back["author"]["name"].clone()
        ),
        (json!("**hm**"), json!(false), json!("Ana"))
    );
    assert_eq!(list(&app.anonymous(), &take).await.len(), 1);
}

#[both]
async fn a_thread_is_resolved_and_opened_again_by_its_author_or_the_owner(app: TestApp) {
    let take = take(&app).await;
    let (ana, root) = guest(&app, &take, "Ana", 100).await;
    let reply = write(
        &take.owner,
        &take,
        json!({ "body": "done", "parent_id": root["id"] }),
    )
    .await;
    let resolved: Value = take
        .owner
        .patch(&path(&root), &json!({ "resolved": true }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            resolved["resolved_by"].clone(),
            resolved["resolved_at"].clone()
        ),
        (json!("Sam"), json!(app.app.now()))
    );
    app.clock.advance(Duration::from_secs(5));
    let again: Value = ana
        .patch(&path(&root), &json!({ "resolved": true }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        again["resolved_at"], resolved["resolved_at"],
        "what is done stays done"
    );
    let open: Value = ana
        .patch(&path(&root), &json!({ "resolved": false }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (open["resolved_by"].clone(), open["resolved_at"].clone()),
        (Value::Null, Value::Null)
    );
    refused(
        take.owner
            .patch(&path(&reply), &json!({ "resolved": true }))
            .await,
        "resolved",
    )
    .await;
}

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
