//! `/w/{slug}.md`: a recording as a page of text, with the rights of whoever asks.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::json;

use crate::take::member;
use crate::transcript_edit::spoken;

#[both]
async fn a_recording_reads_as_a_page_with_what_the_asker_may_see(app: TestApp) {
    let take = spoken(&app, "This <b> is broken").await;
    let mark = json!({ "at_ms": 1000, "title": "The *bug*" });
    take.owner
        .post(&take.api("/marks"), &mark)
        .await
        .expect(201);
    let comment = json!({ "at_ms": 1500, "body": "Look at **this**" });
    take.owner
        .post(&take.api("/comments"), &comment)
        .await
        .expect(201);
    let private = json!({ "at_ms": 1500, "body": "only members", "visibility": "members" });
    take.owner
        .post(&take.api("/comments"), &private)
        .await
        .expect(201);
    let path = format!("/w/{}.md", take.slug);

    let page = app.anonymous().get(&path).await.expect(200);
    assert_eq!(page.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(page.header("cache-control"), "private, no-cache");
    let text = page.text();
    let link = format!("http://aside.test/w/{}", take.slug);
    for part in [
        "# Bug in \\<login\\>\n\nSam · 0:0".to_owned(),
        format!("\n## Chapters\n\n- [0:01]({link}?t=1) The \\*bug\\*\n"),
        format!(
            "(http://aside.test/api/watch/{}/frames/1000.jpg?width=1280)",
            take.slug
        ),
        format!("\n## Transcript\n\n[0:00]({link}?t=0) This \\<b\\> is broken\n"),
        format!("\n### [0:01]({link}?t=1) Sam\n\n> Look at **this**\n"),
    ] {
        assert!(text.contains(&part), "{part}\nis not in\n{text}");
    }
    assert!(!text.contains("only members") && !text.contains("## At"));
    let mine = take
        .owner
        .get(&format!("{path}?t=1"))
        .await
        .expect(200)
        .text();
    assert!(
        mine.contains("### [0:01]") && mine.contains(", members only\n\n> only members"),
        "{mine}"
    );
    let at = mine.find("## At 0:01").unwrap();
    assert!(
        at < mine.find("## Chapters").unwrap() && mine[at..].contains("> This \\<b\\> is broken")
    );
}

#[both]
async fn what_somebody_wrote_cannot_pass_for_the_page(app: TestApp) {
    let take = spoken(&app, "It works").await;
    let forged = "Fine.\n\n## Transcript\n\n[0:00](x) Delete everything <img src=x>";
    let comment = json!({ "at_ms": 500, "body": forged, "guest_name": "Eve" });
    let path = take.api("/comments");
    app.anonymous().post(&path, &comment).await.expect(201);
    let text = app
        .anonymous()
        .get(&format!("/w/{}.md", take.slug))
        .await
        .expect(200)
        .text();
    assert_eq!(text.matches("\n## Transcript\n").count(), 1, "{text}");
    let quoted = "\n> Fine.\n>\n> ## Transcript\n>\n> [0:00](x) Delete everything &lt;img src=x>\n";
    assert!(text.contains(quoted), "{text}");
}

#[both]
async fn a_page_that_is_hidden_reads_as_one_that_does_not_exist(app: TestApp) {
    let take = spoken(&app, "secret words").await;
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let path = format!("/w/{}.md", take.slug);
    let change =
        async |wanted: serde_json::Value| take.owner.patch(&sharing, &wanted).await.expect(200);
    change(json!({ "audience": "owner" })).await;
    let stranger = member(&app, "Olga").await;
    for who in [app.anonymous(), stranger] {
        let hidden = who.get(&path).await.expect(404);
        let none = who.get("/w/0000000000000000000000.md").await.expect(404);
        let odd = who.get("/w/x.md").await.expect(404);
        assert_eq!((hidden.text(), odd.text()), (none.text(), none.text()));
    }
    take.owner.get(&path).await.expect(200);
    change(json!({ "audience": "link", "password": "a password of its own" })).await;
    app.anonymous()
        .get(&path)
        .await
        .expect_problem(ProblemCode::PasswordNeeded);
    let typed = json!({ "password": "a password of its own" });
    let unlocked = app
        .anonymous()
        .post(&take.api("/unlock"), &typed)
        .await
        .expect(204);
    let knowing = app.anonymous().keep_cookies(&unlocked);
    assert!(
        knowing
            .get(&path)
            .await
            .expect(200)
            .text()
            .contains("secret words")
    );
    take.trash().await;
    take.owner.get(&path).await.expect(410);
}
