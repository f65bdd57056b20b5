//! Nobody finds what they may not see.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{catch_up, comment, hits, inside, shown, title};
use crate::take::{member, take};

#[both]
async fn private_notes_are_found_by_who_wrote_them_alone(app: TestApp) {
    let take = take(&app).await;
    let ana = member(&app, "Ana").await;
    for (visibility, word) in [
        ("everyone", "apple"),
        ("members", "banana"),
        ("author", "cherry"),
    ] {
        let said = json!({ "at_ms": 0, "body": format!("fruit {word}"), "visibility": visibility });
        ana.post(&take.api("/comments"), &said).await.expect(201);
    }
    catch_up(&app).await;
    for (who, expected) in [(&ana, 3), (&take.owner, 2)] {
        assert_eq!(hits(who, "fruit").await.len(), expected);
        let inside: Value = who
            .get(&take.api("/search?q=fruit"))
            .await
            .expect(200)
            .json();
        assert_eq!(inside["items"].as_array().unwrap().len(), expected);
    }
    assert_eq!(hits(&take.owner, "cherry").await, Vec::<String>::new());
    let guest = app.anonymous();
    let inside: Value = guest
        .get(&take.api("/search?q=fruit"))
        .await
        .expect(200)
        .json();
    assert_eq!(shown(&inside), ["comment: [fruit] apple"]);
    guest
        .get("/api/search?q=fruit")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    // `from:` says who wrote it.
    assert_eq!(hits(&take.owner, "from:ana fruit").await.len(), 2);
    assert_eq!(hits(&take.owner, "from:sam fruit").await.len(), 0);
}

#[both]
async fn comments_are_found_by_the_name_that_people_have_now(app: TestApp) {
    let take = take(&app).await;
    let ana = member(&app, "Ana").await;
    comment(&ana, &take, "fruit apple").await;
    let said = json!({ "at_ms": 0, "body": "fruit banana", "guest_name": "Ana Guest" });
    app.anonymous()
        .post(&take.api("/comments"), &said)
        .await
        .expect(201);
    let named = json!({ "name": "Beatrix" });
    ana.patch("/api/me/profile", &named).await.expect(204);
    catch_up(&app).await;
    let (apple, banana) = ("comment: [fruit] apple", "comment: [fruit] banana");
    for (typed, found) in [
        ("from:beatrix fruit ", vec![apple]),
        ("from:ana fruit ", vec![banana]),
        ("from:guest fruit ", vec![banana]),
        ("from:sam fruit ", vec![]),
    ] {
        assert_eq!(hits(&take.owner, typed).await, found, "{typed}");
        assert_eq!(inside(&take.owner, &take, typed).await, found, "{typed}");
    }
    // Who has no account knows her by the name on the comment.
    let guest = app.anonymous();
    let found = inside(&guest, &take, "from:beatrix fruit ").await;
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(inside(&guest, &take, "from:ana fruit ").await.len(), 2);
}

#[both]
async fn tags_are_found_inside_by_who_has_the_recording_in_a_list(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Planning").await;
    let tagged = json!({ "ids": [take.id], "add_tags": ["layoffs"] });
    take.owner
        .post("/api/library/change", &tagged)
        .await
        .expect(204);
    catch_up(&app).await;
    let ana = member(&app, "Ana").await;
    for (who, found) in [(&take.owner, 1), (&ana, 1), (&app.anonymous(), 0)] {
        for typed in [
            "layoffs ",
            "in:tags layoffs ",
            "in:tags lay",
            "tag:layoffs planning ",
        ] {
            assert_eq!(inside(who, &take, typed).await.len(), found, "{typed}");
        }
        assert_eq!(inside(who, &take, "planning ").await.len(), 1);
    }
}

#[both]
async fn who_has_no_account_searches_so_often_from_an_address(app: TestApp) {
    let take = take(&app).await;
    let path = take.api("/search?q=word");
    let guest = app.anonymous();
    for _ in 0..120 {
        guest.get(&path).await.expect(200);
    }
    let refused = guest.get(&path).await;
    assert_ne!(refused.header("retry-after"), "");
    refused.expect_problem(ProblemCode::TooManyRequests);
    take.owner.get(&path).await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    guest.get(&path).await.expect(200);
}

#[both]
async fn who_may_see_it_changes_what_is_found_at_once(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Salaries").await;
    catch_up(&app).await;
    let ana = member(&app, "Ana").await;
    let path = format!("/api/recordings/{}/sharing", take.id);
    for (sharing, found) in [
        (json!({ "audience": "owner" }), false),
        (json!({ "audience": "members" }), true),
        (json!({ "password": "a password of its own" }), false),
        (json!({ "password": null }), true),
        (
            json!({ "ends_at": app.app.now().micros() + 1_000_000 }),
            true,
        ),
    ] {
        take.owner.patch(&path, &sharing).await.expect(200);
        assert_eq!(
            hits(&ana, "salaries").await.len(),
            usize::from(found),
            "{sharing}"
        );
        assert_eq!(hits(&take.owner, "salaries").await.len(), 1, "{sharing}");
    }
    app.clock.advance(Duration::from_secs(2));
    assert_eq!(hits(&ana, "salaries").await, Vec::<String>::new());
}
