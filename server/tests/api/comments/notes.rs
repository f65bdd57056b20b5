//! Threads that not everyone reads: whoever may not learns nothing of them.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{guest, id_of, list, path, refused, write};
use crate::event_page::Page;
use crate::take::{Take, member, take};

const HIDDEN: &str = "kept among us";

/// Everything that tells of comments, as one text.
async fn everything(who: &Client, take: &Take) -> String {
    let mut all = String::new();
    for rest in [
        "",
        "/comments",
        "/comments/export?format=csv",
        "/comments/export?format=markdown",
        "/comments/export?format=json",
    ] {
        all += &who.get(&take.api(rest)).await.expect(200).text();
    }
    all
}

/// What each of them is told of a note with an answer.
async fn is_read_by(app: &TestApp, visibility: &str, readers: [bool; 4]) {
    let take = take(app).await;
    let (mara, jo) = (member(app, "Mara").await, member(app, "Jo").await);
    let (ana, _) = guest(app, &take, "Ana", 2).await;
    let people = [&mara, &jo, &ana, &app.anonymous()];
    let before = [
        list(people[2], &take).await.len(),
        list(people[3], &take).await.len(),
    ];
    let mut page = Page::of(app, &take).await;
    let note = json!({ "at_ms": 1, "body": HIDDEN, "visibility": visibility });
    let note = write(&mara, &take, note).await;
    let answer = json!({ "body": format!("{HIDDEN} too"), "parent_id": note["id"] });
    let answer = write(&mara, &take, answer).await;
    assert_eq!(answer["visibility"], visibility);
    mara.patch(&path(&note), &json!({ "resolved": true }))
        .await
        .expect(200);
    let id = note["id"].as_str().unwrap();
    for (who, reads) in people.into_iter().zip(readers) {
        let told = everything(who, &take).await;
        for secret in [HIDDEN, id, answer["id"].as_str().unwrap()] {
            assert_eq!(
                told.contains(secret),
                reads,
                "{visibility} {secret}: {told}"
            );
        }
        let history = take.api(&format!("/comments/{id}/history"));
        let react = json!({ "emoji": "👍", "on": true, "guest_name": "Bo" });
        let reactions = take.api(&format!("/comments/{id}/reactions"));
        let react = who.post(&reactions, &react);
        let reply = json!({ "body": "x", "parent_id": id, "guest_name": "Bo" });
        if reads {
            who.get(&history).await.expect(200);
            react.await.expect(200);
        } else {
            who.get(&history)
                .await
                .expect_problem(ProblemCode::NotFound);
            react.await.expect_problem(ProblemCode::NotFound);
            refused(who.post(&take.api("/comments"), &reply).await, "parent_id").await;
            // As of a comment that is not there, whatever they may do else.
            who.patch(&path(&note), &json!({ "resolved": false }))
                .await
                .expect_problem(ProblemCode::NotFound);
            who.delete(&path(&note))
                .await
                .expect_problem(ProblemCode::NotFound);
        }
    }
    for (who, before) in [(people[2], before[0]), (people[3], before[1])] {
        assert_eq!(list(who, &take).await.len(), before);
        assert_eq!(take.watch(who).await["comments"], 1, "Ana's only");
    }
    // The stream of who has no account goes on with what everyone reads, and nothing before it.
    write(&take.owner, &take, json!({ "body": "for everyone" })).await;
    assert_eq!(page.next_of("comment").await.data["body"], "for everyone");
}

#[both]
async fn what_members_write_for_members_nobody_else_learns_of(app: TestApp) {
    is_read_by(&app, "members", [true, true, false, false]).await;
}

#[both]
async fn a_note_to_oneself_nobody_else_learns_of(app: TestApp) {
    is_read_by(&app, "author", [true, false, false, false]).await;
}

#[both]
async fn a_note_to_oneself_is_not_even_the_owners_of_the_recording(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let note = json!({ "body": HIDDEN, "visibility": "author" });
    let note = write(&mara, &take, note).await;
    assert!(list(&take.owner, &take).await.is_empty());
    let unread = async || -> Value {
        let count = take.owner.get("/api/me/notices/count").await.expect(200);
        count.json::<Value>()["unread"].clone()
    };
    assert_eq!(unread().await, 0);
    write(&mara, &take, json!({ "body": "for everyone" })).await;
    assert_eq!(unread().await, 1);
    take.owner
        .delete(&path(&note))
        .await
        .expect_problem(ProblemCode::NotFound);
    let card: Value = take.owner.get("/api/recordings").await.expect(200).json();
    assert_eq!(card["items"][0]["comments"], 1, "the one for everyone");
    let assign = json!({ "user_id": id_of(&take.owner).await });
    let assignment = take.api(&format!(
        "/comments/{}/assignment",
        note["id"].as_str().unwrap()
    ));
    refused(mara.put(&assignment, &assign).await, "user_id").await;
    let own = json!({ "user_id": id_of(&mara).await, "due_on": "2026-02-01" });
    mara.put(&assignment, &own).await.expect(200);
}

#[both]
async fn a_page_of_a_member_hears_of_what_members_write(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let token = mara.authorization();
    let mut page = Page::open(&app, &take.api("/events"), Some(&token), None).await;
    let note = json!({ "body": HIDDEN, "visibility": "members" });
    write(&take.owner, &take, note).await;
    assert_eq!(page.next_of("comment").await.data["body"], HIDDEN);
}

#[both]
async fn who_has_no_account_writes_for_everyone(app: TestApp) {
    let take = take(&app).await;
    let (ana, _) = guest(&app, &take, "Ana", 2).await;
    for visibility in ["members", "author"] {
        let note = json!({ "body": "x", "visibility": visibility });
        refused(ana.post(&take.api("/comments"), &note).await, "visibility").await;
    }
    ana.post(
        &take.api("/comments"),
        &json!({ "body": "x", "visibility": "nobody" }),
    )
    .await
    .expect_problem(ProblemCode::Invalid);
}
