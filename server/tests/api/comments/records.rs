//! How comments read before, and comments as a file.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};
use std::time::Duration;

use super::{guest, id_of, path, write};
use crate::take::{member, take};

#[both]
async fn whoever_reads_a_comment_reads_how_it_read_before(app: TestApp) {
    let take = take(&app).await;
    let (ana, comment) = guest(&app, &take, "Ana", 100).await;
    let history = take.api(&format!(
        "/comments/{}/history",
        comment["id"].as_str().unwrap()
    ));
    for body in ["second", "second", "<b>third</b>"] {
        app.clock.advance(Duration::from_secs(5));
        ana.patch(&path(&comment), &json!({ "body": body }))
            .await
            .expect(200);
    }
    let read: Value = app.anonymous().get(&history).await.expect(200).json();
    let read = read["versions"].as_array().unwrap();
    let html: Vec<&str> = read.iter().map(|it| it["html"].as_str().unwrap()).collect();
    assert_eq!(
        html,
        [
            "<p>&lt;b&gt;third&lt;/b&gt;</p>\n",
            "<p>second</p>\n",
            "<p><strong>hm</strong></p>\n"
        ]
    );
    let times: Vec<i64> = read
        .iter()
        .map(|it| it["written_at"].as_i64().unwrap())
        .collect();
    assert_eq!(times[2], comment["created_at"].as_i64().unwrap());
    assert!(times.is_sorted_by(|a, b| a > b), "{times:?}");
    ana.delete(&path(&comment)).await.expect(204);
    app.anonymous()
        .get(&history)
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn comments_are_handed_out_as_files_with_the_names_their_reader_may_know(app: TestApp) {
    let take = take(&app).await;
    let (mara, jo) = (member(&app, "Mara").await, member(&app, "Jo").await);
    let body = format!("=1+1 <@user:{}>", id_of(&jo).await);
    write(&mara, &take, json!({ "at_ms": 61_000, "body": body })).await;
    let read = async |who: &aside_server::testing::Client, format: &str| {
        let path = take.api(&format!("/comments/export?format={format}"));
        who.get(&path).await.expect(200)
    };
    let table = read(&mara, "csv").await;
    assert_eq!(
        table.header("content-disposition"),
        "attachment; filename=\"comments.csv\""
    );
    assert!(table.header("content-type").starts_with("text/csv"));
    assert!(table.text().contains("\"'=1+1 @Jo\""), "{}", table.text());
    let theirs = read(&app.anonymous(), "csv").await.text();
    assert!(theirs.contains("\"'=1+1 @somebody\""), "{theirs}");
    let text = read(&mara, "markdown").await.text();
    assert!(text.contains("## 1:01, Mara, 2026-01-01"), "{text}");
    let json: Value = read(&take.owner, "json").await.json();
    assert_eq!(json["comments"][0]["markdown"], "=1+1 @Jo");
    mara.get(&take.api("/comments/export?format=pdf"))
        .await
        .expect_problem(ProblemCode::Invalid);
    mara.get(&take.api("/comments/export")).await.expect(200);
}
