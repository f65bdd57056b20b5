//! The history of a transcript has an end: the newest changes are kept, and how it was before all of them.

use aside_protocol::problem::ProblemCode;
use aside_server::service::transcript_edit::{FOLDED_AT_ONCE, KEPT_CHANGES};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::Take;
use crate::transcript_edit::spoken;

fn url(take: &Take, rest: &str) -> String {
    format!("/api/recordings/{}/transcript{rest}", take.id)
}

async fn text(take: &Take) -> String {
    let all: Value = take
        .owner
        .get(&take.api("/transcript"))
        .await
        .expect(200)
        .json();
    let words = all["words"].as_array().unwrap().iter();
    let words: Vec<&str> = words.map(|word| word["text"].as_str().unwrap()).collect();
    words.join(" ")
}

#[both]
async fn the_oldest_changes_become_one_and_the_first_words_come_back(app: TestApp) {
    let take = spoken(&app, "a b c d").await;
    let made = KEPT_CHANGES + FOLDED_AT_ONCE + 1;
    for n in 1..=made {
        // The transcript grows by a word, and the second one says which change it was.
        let said = json!({ "first": 1, "count": 1, "text": format!("v{n} more") });
        take.owner.patch(&url(&take, ""), &said).await.expect(200);
    }
    let listed = take.owner.get(&url(&take, "/versions")).await.expect(200);
    let listed: Value = listed.json();
    let versions = listed["versions"].as_array().unwrap();
    let last = versions.last().unwrap();
    let oldest = FOLDED_AT_ONCE + 2;
    assert_eq!(versions.len() as u64, KEPT_CHANGES);
    assert_eq!(
        (&last["version"], &last["before"]),
        (&json!(oldest), &json!(0))
    );
    assert_eq!(
        (&versions[0]["version"], &versions[0]["before"]),
        (&json!(made), &json!(made - 1))
    );
    let restore = async |to: u64| {
        let body = json!({ "to": to });
        take.owner.post(&url(&take, "/restore"), &body).await
    };
    restore(oldest - 1)
        .await
        .expect_problem(ProblemCode::Invalid);
    restore(oldest).await.expect(200);
    assert!(text(&take).await.starts_with(&format!("a v{oldest} more ")));
    restore(0).await.expect(200);
    assert_eq!(text(&take).await, "a b c d");
    // Nothing of the way was lost by that.
    restore(made).await.expect(200);
    assert!(text(&take).await.starts_with(&format!("a v{made} more ")));
}
