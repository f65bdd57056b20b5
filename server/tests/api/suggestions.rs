//! What was found in a transcript: seen by its owner, and by others once it was accepted.

use aside_protocol::problem::ProblemCode;
use aside_server::domain::suggest::SuggestionKind;
use aside_server::domain::suggest::row::{Suggestion, SuggestionState};
use aside_server::store::{StoreError, Tx, suggestions};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, member};
use crate::transcript_edit::spoken;

/// As a worker finds them: one of each kind.
async fn found(app: &TestApp, take: &Take) -> Vec<String> {
    let kinds = [
        SuggestionKind::Chapter,
        SuggestionKind::Sentence,
        SuggestionKind::Action,
    ];
    let all: Vec<Suggestion> = kinds
        .into_iter()
        .zip(0_u64..)
        .map(|(kind, n)| Suggestion {
            id: uuid::Uuid::from_bytes(app.app.entropy.array()),
            recording: take.id,
            kind,
            at_ms: n * 500,
            end_ms: n * 500 + 400,
            text: format!("found {n}"),
            state: SuggestionState::Open,
            found: format!("found {n}"),
            version: 1,
            model: None,
            who: None,
            until: None,
        })
        .collect();
    let write = async |tx: &mut Tx| -> Result<(), StoreError> {
        for it in &all {
            suggestions::insert(tx, it).await?;
        }
        Ok(())
    };
    app.app.store.write(write).await.unwrap();
    all.iter().map(|it| it.id.to_string()).collect()
}

async fn seen(take: &Take, who: &Client) -> Vec<(String, bool)> {
    let all: Value = who.get(&take.api("/suggestions")).await.expect(200).json();
    let all = all["suggestions"].as_array().unwrap();
    all.iter()
        .map(|it| {
            let text = it["text"].as_str().unwrap().to_owned();
            (text, it["automatic"].as_bool().unwrap())
        })
        .collect()
}

async fn change(take: &Take, who: &Client, id: &str, body: Value) -> Answer {
    let path = format!("/api/recordings/{}/suggestions/{id}", take.id);
    who.patch(&path, &body).await
}

#[both]
async fn what_was_found_is_for_the_owner_until_it_is_accepted(app: TestApp) {
    let take = spoken(&app, "a b c").await;
    let ids = found(&app, &take).await;
    let (viewer, owner) = (app.anonymous(), &take.owner);
    let text = |n: u64| (format!("found {n}"), true);
    assert_eq!(seen(&take, owner).await, [text(0), text(1), text(2)]);
    assert_eq!(seen(&take, &viewer).await, []);

    let accepted = change(&take, owner, &ids[1], json!({ "state": "accepted" })).await;
    assert_eq!(accepted.expect(200).json::<Value>()["mark"], Value::Null);
    let own_words = json!({ "text": " in my\nwords ", "state": "accepted" });
    change(&take, owner, &ids[2], own_words).await.expect(200);
    assert_eq!(
        seen(&take, &viewer).await,
        [text(1), ("in my words".to_owned(), false)]
    );

    let chapter = change(&take, owner, &ids[0], json!({ "state": "accepted" })).await;
    let mark = chapter.expect(200).json::<Value>()["mark"].clone();
    let marks = take.watch(&viewer).await["marks"].clone();
    assert_eq!(
        (&marks[0]["id"], &marks[0]["title"]),
        (&mark, &json!("found 0"))
    );
    assert_eq!(seen(&take, owner).await.len(), 2, "it is a chapter now");

    change(&take, owner, &ids[1], json!({ "state": "removed" }))
        .await
        .expect(200);
    assert_eq!(
        seen(&take, owner).await,
        [("in my words".to_owned(), false)]
    );
    change(&take, owner, &ids[1], json!({ "state": "open" }))
        .await
        .expect(200);
    assert_eq!(seen(&take, owner).await.len(), 2);
    let page = viewer
        .get(&format!("/w/{}.md", take.slug))
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("## To do\n\n- [0:01](") && page.contains(") in my words\n"),
        "{page}"
    );
    assert!(!page.contains("found 1"));
}

#[both]
async fn only_the_owner_decides_and_no_older_version_counts(app: TestApp) {
    let take = spoken(&app, "a b c").await;
    let ids = found(&app, &take).await;
    let other = member(&app, "Olga").await;
    let removed = || json!({ "state": "removed" });
    change(&take, &other, &ids[1], removed()).await.expect(403);
    let stale = take.owner.clone().with("if-match", "\"1\"");
    change(&take, &stale, &ids[1], json!({ "text": "x" }))
        .await
        .expect(200);
    change(&take, &stale, &ids[1], removed())
        .await
        .expect_problem(ProblemCode::VersionConflict);
    for text in ["", "  ", &"x".repeat(401)] {
        let answer = change(&take, &take.owner, &ids[1], json!({ "text": text })).await;
        answer.expect_problem(ProblemCode::Invalid);
    }
    let none = "01890000-0000-7000-8000-000000000000";
    change(&take, &take.owner, none, removed())
        .await
        .expect(404);
    assert_eq!(seen(&take, &take.owner).await[1], ("x".to_owned(), false));
}
