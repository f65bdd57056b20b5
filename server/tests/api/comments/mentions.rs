//! Whom a comment mentions: kept by id, read by name with the reader's rights.

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{guest, id_of, list, path, refused, write};
use crate::event_page::Page;
use crate::take::{member, take};

#[both]
async fn a_mention_is_kept_by_id_and_read_by_the_name_of_now(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let jo = member(&app, "Jo").await;
    let id = id_of(&jo).await;
    let admin = app.person("admin", Role::Owner).await;
    let group: Value = admin
        .post("/api/server/groups", &json!({ "name": "Design" }))
        .await
        .expect(201)
        .json();
    let group = group["id"].as_str().unwrap();
    let body = format!("<@user:{id}> and <@group:{group}>, *look*");
    let comment = write(&mara, &take, json!({ "at_ms": 1, "body": body })).await;
    assert_eq!(comment["body"], body);
    assert_eq!(
        comment["html"],
        "<p><bdi class=\"mention\">@Jo</bdi> and <bdi class=\"mention\">@Design</bdi>, <em>look</em></p>\n"
    );
    assert_eq!(
        comment["mentions"],
        json!([{ "kind": "user", "id": id, "name": "Jo", "shared": null }, { "kind": "group", "id": group, "name": "Design", "shared": null }])
    );
    jo.patch("/api/me/profile", &json!({ "name": "Joanna" }))
        .await
        .expect(204);
    let seen = list(&mara, &take).await;
    assert!(
        seen[0]["html"].as_str().unwrap().contains("@Joanna"),
        "{}",
        seen[0]
    );

    let gone = json!({ "recordings_to": null, "with_comments": false });
    admin
        .post(&format!("/api/server/people/{id}/delete"), &gone)
        .await
        .expect(204);
    let seen = list(&mara, &take).await;
    assert!(
        seen[0]["html"].as_str().unwrap().contains("@somebody"),
        "{}",
        seen[0]
    );
}

#[both]
async fn who_has_no_account_reads_and_mentions_nobody_but_the_people_in_the_thread(app: TestApp) {
    let take = take(&app).await;
    let (mara, jo) = (member(&app, "Mara").await, member(&app, "Jo").await);
    let (mara_id, jo_id, owner) = (
        id_of(&mara).await,
        id_of(&jo).await,
        id_of(&take.owner).await,
    );
    let body = format!("<@user:{jo_id}> <@user:{owner}> <@user:{mara_id}>");
    let root = write(&mara, &take, json!({ "at_ms": 1, "body": body })).await;
    let (ana, _) = guest(&app, &take, "Ana", 2).await;
    for who in [&ana, &app.anonymous()] {
        let seen = list(who, &take).await;
        let html = seen.iter().find(|it| it["id"] == root["id"]).unwrap()["html"].clone();
        let html = html.as_str().unwrap();
        assert!(
            html.contains("@somebody") && !html.contains("@Jo"),
            "{html}"
        );
        assert!(html.contains("@Sam") && html.contains("@Mara"), "{html}");
        assert_eq!(
            seen.iter().find(|it| it["id"] == root["id"]).unwrap()["mentions"][0]["name"],
            "somebody"
        );
    }
    // Whoever is not in the thread cannot be told from whoever is nobody.
    let nobody = "01941f29-7c00-7000-8000-000000000000".to_owned();
    let say = async |who: &str, parent: &Value| {
        let body = format!("<@user:{who}>");
        ana.post(
            &take.api("/comments"),
            &json!({ "body": body, "parent_id": parent }),
        )
        .await
    };
    let unknown = say(&nobody, &root["id"]).await;
    let hidden = say(&jo_id, &root["id"]).await;
    assert_eq!(unknown.text(), hidden.text());
    refused(hidden, "body").await;
    say(&mara_id, &root["id"]).await.expect(201);
    // A thread of their own has nobody in it but the owner of the recording.
    refused(say(&mara_id, &Value::Null).await, "body").await;
    say(&owner, &Value::Null).await.expect(201);
    let group = ana
        .post(
            &take.api("/comments"),
            &json!({ "body": format!("<@group:{nobody}>") }),
        )
        .await;
    refused(group, "body").await;
}

#[both]
async fn the_owner_alone_learns_that_somebody_mentioned_may_not_see_it(app: TestApp) {
    let take = take(&app).await;
    let (mara, jo) = (member(&app, "Mara").await, member(&app, "Jo").await);
    let (mara_id, jo_id) = (id_of(&mara).await, id_of(&jo).await);
    let path = format!("/api/recordings/{}", take.id);
    take.owner
        .post(&format!("{path}/people"), &json!({ "user_id": mara_id }))
        .await
        .expect(200);
    take.owner
        .patch(&format!("{path}/sharing"), &json!({ "audience": "owner" }))
        .await
        .expect(200);
    let body = format!("<@user:{jo_id}>, <@user:{mara_id}>");
    let comment = write(&mara, &take, json!({ "at_ms": 1, "body": body })).await;
    assert_eq!(comment["mentions"][0]["shared"], Value::Null);
    let shared = async || {
        let seen = list(&take.owner, &take).await;
        [0, 1].map(|n| seen[0]["mentions"][n]["shared"].clone())
    };
    assert_eq!(shared().await, [json!(false), json!(true)]);
    // The mention itself opens nothing.
    jo.get(&take.api("/comments"))
        .await
        .expect_problem(ProblemCode::NotFound);
    take.owner
        .post(&format!("{path}/people"), &json!({ "user_id": jo_id }))
        .await
        .expect(200);
    assert_eq!(shared().await, [json!(true), json!(true)]);
    jo.get(&take.api("/comments")).await.expect(200);
}

#[both]
async fn mentions_are_bounded_and_an_edit_brings_its_own(app: TestApp) {
    let take = take(&app).await;
    let (mara, jo) = (member(&app, "Mara").await, member(&app, "Jo").await);
    let marker = format!("<@user:{}>", id_of(&jo).await);
    let post = async |body: String| {
        mara.post(&take.api("/comments"), &json!({ "body": body }))
            .await
    };
    for many in [21, 10_000] {
        let answer = post(marker.repeat(many)).await;
        assert!(answer.text().contains("at most 20"), "{}", answer.text());
        refused(answer, "body").await;
    }
    refused(
        post("<@user:01941f29-7c00-7000-8000-000000000000>".to_owned()).await,
        "body",
    )
    .await;
    // Characters that turn the direction of text break no marker out of its place.
    let comment: Value = post(format!("\u{202e}{marker}\u{0}{marker}"))
        .await
        .expect(201)
        .json();
    assert_eq!(comment["body"], format!("{marker}{marker}"));
    assert_eq!(comment["mentions"].as_array().unwrap().len(), 1);

    let mut page = Page::of(&app, &take).await;
    mara.patch(&path(&comment), &json!({ "body": "nobody" }))
        .await
        .expect(200);
    let heard = page.next_of("comment").await;
    assert_eq!(heard.data["mentions"], json!([]));
    let back: Value = mara
        .patch(
            &path(&comment),
            &json!({ "body": format!("again {marker}") }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(back["mentions"][0]["name"], "Jo");
}
