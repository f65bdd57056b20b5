//! Replies, deleted comments that hold a thread, resolved threads.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{guest, ids, list, path, refused, write};
use crate::take::{begin, member, take};

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
