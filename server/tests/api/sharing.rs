//! `/api/recordings/{id}/sharing` and what follows from a change: who is let in, what ends, what is written down.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Audience, TrackName};
use aside_server::domain::account::Role;
use aside_server::in_tx;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::event_page::Page;
use crate::take::{Take, authorization, begin_for, member, take};

async fn shared(take: &Take, change: Value) -> Value {
    let path = format!("/api/recordings/{}/sharing", take.id);
    take.owner.patch(&path, &change).await.expect(200).json()
}

async fn sharing(take: &Take) -> Value {
    let path = format!("/api/recordings/{}/sharing", take.id);
    take.owner.get(&path).await.expect(200).json()
}

fn path(take: &Take, rest: &str) -> String {
    format!("/api/recordings/{}{rest}", take.id)
}

#[both]
async fn a_recording_is_for_whom_the_recorder_the_person_or_the_server_says(app: TestApp) {
    let sam = app.person("sam", Role::Owner).await;
    let begun = async |audience: Option<Audience>| {
        let (_, made) = begin_for(&app, sam.clone(), &[TrackName::Video], audience).await;
        made["audience"].as_str().unwrap().to_owned()
    };
    assert_eq!(begun(None).await, "link");
    assert_eq!(begun(Some(Audience::Owner)).await, "owner");
    let server = json!({ "server": "members" });
    sam.put("/api/server/sharing", &server).await.expect(200);
    assert_eq!(begun(None).await, "members");
    let own = json!({ "own": "owner" });
    let defaults: Value = sam.put("/api/me/sharing", &own).await.expect(200).json();
    assert_eq!(defaults, json!({ "own": "owner", "server": "members" }));
    assert_eq!(begun(None).await, "owner");
    assert_eq!(begun(Some(Audience::Link)).await, "link");
    member(&app, "Mo")
        .await
        .put("/api/server/sharing", &server)
        .await
        .expect_problem(ProblemCode::Forbidden);
}

#[both]
async fn of_two_who_change_sharing_at_once_the_second_is_told(app: TestApp) {
    let take = take(&app).await;
    let seen = sharing(&take).await["version"].to_string();
    shared(&take, json!({ "audience": "members" })).await;
    let late = take.owner.clone().with("if-match", &format!("\"{seen}\""));
    late.patch(&path(&take, "/sharing"), &json!({ "audience": "owner" }))
        .await
        .expect_problem(ProblemCode::VersionConflict);
    assert_eq!(sharing(&take).await["audience"], "members");
}

#[both]
async fn what_is_not_said_stays_and_null_takes_away(app: TestApp) {
    let take = take(&app).await;
    let end = app.app.now().plus(Duration::from_secs(60)).micros();
    shared(
        &take,
        json!({ "ends_at": end, "password": "long enough", "embed": ["https://A.test/x"] }),
    )
    .await;
    let after = shared(&take, json!({ "comments": "off" })).await;
    assert_eq!(
        (&after["ends_at"], &after["has_password"], &after["embed"]),
        (&json!(end), &json!(true), &json!(["https://a.test"]))
    );
    let after = shared(
        &take,
        json!({ "ends_at": null, "password": null, "embed": [] }),
    )
    .await;
    assert_eq!(
        (
            &after["ends_at"],
            &after["has_password"],
            &after["comments"]
        ),
        (&Value::Null, &json!(false), &json!("off"))
    );
    for bad in [
        json!({ "ends_at": app.app.now().micros() }),
        json!({ "password": "short" }),
        json!({ "embed": ["example.org"] }),
    ] {
        take.owner
            .patch(&path(&take, "/sharing"), &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
}

#[both]
async fn a_removed_password_can_be_put_back_for_a_moment_and_is_asked_for_again(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let typed = json!({ "password": "long enough" });
    shared(&take, typed.clone()).await;
    assert_eq!(
        shared(&take, json!({ "password": null })).await["has_password"],
        false
    );
    anyone.get(&take.api("")).await.expect(200);
    app.clock.advance(Duration::from_secs(59));
    let back = json!({ "password_back": true });
    assert_eq!(shared(&take, back.clone()).await["has_password"], true);
    anyone
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::PasswordNeeded);
    let unlock = take.api("/unlock");
    anyone.post(&unlock, &typed).await.expect(204);
    // Later, after another one, or where there was none, there is nothing to put back.
    let none = async || {
        take.owner
            .patch(&path(&take, "/sharing"), &back)
            .await
            .expect_problem(ProblemCode::Invalid);
    };
    shared(&take, json!({ "password": null })).await;
    app.clock.advance(Duration::from_secs(60));
    none().await;
    shared(&take, json!({ "password": "another one" })).await;
    let nothing = shared(&take, back.clone()).await;
    assert_eq!(nothing["has_password"], true, "the one that is there stays");
    anyone
        .post(&unlock, &typed)
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn another_link_ends_the_old_one_and_what_was_opened_by_it(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let page = Page::of(&app, &take).await;
    let made = take.owner.post(&path(&take, "/link"), &json!({})).await;
    let made: Value = made.expect(200).json();
    let slug = made["slug"].as_str().unwrap();
    assert_ne!(slug, take.slug.as_str());
    anyone
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    anyone
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect_problem(ProblemCode::LinkExpired);
    assert_eq!(page.rest().await.last().unwrap().kind, "reload");
    anyone.get(&format!("/api/watch/{slug}")).await.expect(200);
}

#[both]
async fn who_asks_for_access_is_let_in_by_a_yes_and_learns_nothing_by_asking(app: TestApp) {
    let take = take(&app).await;
    shared(&take, json!({ "audience": "owner" })).await;
    let mo = member(&app, "Mo").await;
    let words = json!({ "message": "It is about the login" });
    let there = mo.post(&take.api("/ask"), &words).await;
    let nowhere = mo
        .post("/api/watch/0000000000000000000000/ask", &words)
        .await;
    assert_eq!(
        (there.status, there.text()),
        (nowhere.status, nowhere.text())
    );
    let asked = loop {
        let asked = sharing(&take).await["requests"][0].clone();
        if asked.is_object() {
            break asked;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(
        (&asked["name"], &asked["message"]),
        (&json!("Mo"), &json!("It is about the login"))
    );
    mo.get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    let answer = path(
        &take,
        &format!("/requests/{}", asked["id"].as_str().unwrap()),
    );
    let after = take.owner.post(&answer, &json!({ "allow": true })).await;
    let after: Value = after.expect(200).json();
    assert_eq!(after["requests"], json!([]));
    assert_eq!(after["people"][0]["name"], "Mo");
    mo.get(&take.api("")).await.expect(200);
    // What was answered is answered.
    take.owner
        .post(&answer, &json!({ "allow": true }))
        .await
        .expect_problem(ProblemCode::NotFound);

    let grant = after["people"][0]["id"].as_str().unwrap();
    let name = path(&take, &format!("/people/{grant}"));
    take.owner.delete(&name).await.expect(200);
    mo.get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_mail_address_lets_in_who_gets_an_account_with_it_later(app: TestApp) {
    let take = take(&app).await;
    shared(&take, json!({ "audience": "owner" })).await;
    let people = path(&take, "/people");
    let mail = json!({ "mail": " Lena@Example.org " });
    let after: Value = take.owner.post(&people, &mail).await.expect(200).json();
    assert_eq!(
        (&after["people"][0]["mail"], &after["people"][0]["name"]),
        (&json!("lena@example.org"), &Value::Null)
    );
    let lena = member(&app, "Lena").await;
    lena.get(&take.api("")).await.expect(200);
    assert_eq!(sharing(&take).await["people"][0]["name"], "Lena");
    for bad in [
        json!({ "mail": "sam@example.org" }),
        json!({ "mail": "nobody" }),
        json!({}),
        json!({ "user_id": "01890000-0000-7000-8000-000000000000" }),
    ] {
        take.owner
            .post(&people, &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
}

#[both]
async fn a_password_opens_a_recording_for_one_browser_until_it_is_changed(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    shared(&take, json!({ "password": "first of two" })).await;
    let anyone = app.anonymous();
    anyone
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::PasswordNeeded);
    let unlock = take.api("/unlock");
    anyone
        .post(&unlock, &json!({ "password": "second of two" }))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let right = json!({ "password": "first of two" });
    let opened = anyone.post(&unlock, &right).await.expect(204);
    let knowing = anyone.clone().keep_cookies(&opened);
    knowing.get(&take.api("")).await.expect(200);
    let media = take.media(&knowing).await;
    anyone.get(&format!("{media}/video.m3u8")).await.expect(200);
    anyone
        .get(&take.api("/comments"))
        .await
        .expect_problem(ProblemCode::PasswordNeeded);

    shared(&take, json!({ "password": "second of two" })).await;
    knowing
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::PasswordNeeded);
    anyone
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect_problem(ProblemCode::LinkExpired);
    let tries = async |n: usize| {
        for _ in 0..n {
            anyone.post(&unlock, &right).await;
        }
        anyone.post(&unlock, &right).await
    };
    tries(20).await.expect_problem(ProblemCode::TooManyRequests);
}

#[both]
async fn a_yes_and_a_no_are_taken_back_for_a_minute(app: TestApp) {
    let take = take(&app).await;
    shared(&take, json!({ "audience": "owner" })).await;
    let mo = member(&app, "Mo").await;
    let asks = async || {
        let words = json!({ "message": "please" });
        mo.post(&take.api("/ask"), &words).await.expect(202);
        loop {
            let asked = sharing(&take).await["requests"][0]["id"].clone();
            if let Some(id) = asked.as_str() {
                break path(&take, &format!("/requests/{id}"));
            }
            tokio::task::yield_now().await;
        }
    };
    let question = asks().await;
    let undo = format!("{question}/undo");
    for allow in [true, false] {
        let answer = json!({ "allow": allow });
        take.owner.post(&question, &answer).await.expect(200);
        assert_eq!(sharing(&take).await["requests"], json!([]));
        assert_eq!(mo.get(&take.api("")).await.status.is_success(), allow);
        let back: Value = take.owner.post(&undo, &json!({})).await.expect(200).json();
        assert_eq!(back["requests"][0]["message"], "please", "{allow}");
        assert_eq!(back["people"], json!([]));
        mo.get(&take.api(""))
            .await
            .expect_problem(ProblemCode::NotFound);
        // There is no answer any more.
        take.owner
            .post(&undo, &json!({}))
            .await
            .expect_problem(ProblemCode::NotFound);
    }
    let answer = json!({ "allow": false });
    take.owner.post(&question, &answer).await.expect(200);
    app.clock.advance(Duration::from_secs(60));
    take.owner
        .post(&undo, &json!({}))
        .await
        .expect_problem(ProblemCode::NotFound);
    // Whoever asks again asks anew.
    assert_ne!(asks().await, question);
}

#[both]
async fn a_media_link_ends_when_the_sharing_ends(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let end = app.app.now().plus(Duration::from_secs(60)).micros();
    shared(&take, json!({ "ends_at": end })).await;
    let playlist = format!("{}/video.m3u8", take.media(&app.anonymous()).await);
    let own = format!("{}/video.m3u8", take.media(&take.owner).await);
    app.anonymous().get(&playlist).await.expect(200);
    app.clock.advance(Duration::from_secs(60));
    app.anonymous()
        .get(&playlist)
        .await
        .expect_problem(ProblemCode::LinkExpired);
    app.anonymous().get(&own).await.expect(200);
    app.anonymous()
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn open_pages_hear_of_a_change_and_who_may_not_watch_any_more_is_told_to_look_again(
    app: TestApp,
) {
    let take = take(&app).await;
    let mo = authorization(&app, "Mo").await;
    let mut member_page = Page::open(&app, &take.api("/events"), Some(&mo), None).await;
    let guest_page = Page::of(&app, &take).await;
    shared(&take, json!({ "audience": "members" })).await;
    member_page.next_of("sharing").await;
    assert_eq!(guest_page.rest().await.last().unwrap().kind, "reload");
    shared(&take, json!({ "audience": "owner" })).await;
    assert_eq!(member_page.rest().await.last().unwrap().kind, "reload");
}

#[both]
async fn sites_that_may_show_a_recording_are_named_in_the_head_of_its_page(app: TestApp) {
    let take = take(&app).await;
    let page = format!("/w/{}", take.slug);
    let policy = async |client: &Client| {
        let page = client.get(&page).await.expect(200);
        page.header("content-security-policy").to_owned()
    };
    let anyone = app.anonymous();
    assert!(policy(&anyone).await.ends_with("frame-ancestors 'none'"));
    shared(
        &take,
        json!({ "embed": ["https://a.test", "https://b.test"] }),
    )
    .await;
    assert!(
        policy(&anyone)
            .await
            .ends_with("frame-ancestors https://a.test https://b.test")
    );
}

#[both]
async fn each_change_is_written_down_for_admins_and_never_changed(app: TestApp) {
    let take = take(&app).await;
    shared(&take, json!({ "audience": "members" })).await;
    shared(&take, json!({ "audience": "members" })).await;
    shared(&take, json!({ "password": "long enough" })).await;
    let mail = json!({ "mail": "x@example.org" });
    take.owner
        .post(&path(&take, "/people"), &mail)
        .await
        .expect(200);
    take.owner
        .post(&path(&take, "/link"), &json!({}))
        .await
        .expect(200);
    take.owner
        .get("/api/audit")
        .await
        .expect_problem(ProblemCode::Forbidden);
    let admin = app.person("admin", Role::Admin).await;
    let list: Value = admin.get("/api/audit").await.expect(200).json();
    let actions: Vec<&str> = list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "link_replaced",
            "person_added",
            "sharing_changed",
            "sharing_changed"
        ],
        "what changed nothing is not written down"
    );
    let first = &list["entries"][3];
    assert_eq!(
        (&first["actor_name"], &first["recording_id"]),
        (&json!("Sam"), &json!(take.id))
    );
    assert_eq!(
        (
            &first["detail"]["before"]["audience"],
            &first["detail"]["after"]["audience"]
        ),
        (&json!("link"), &json!("members"))
    );
    assert!(
        !list.to_string().contains("argon2"),
        "no secret is written down"
    );
    let replaced: Value = admin
        .get("/api/audit?action=link_replaced")
        .await
        .expect(200)
        .json();
    assert_eq!(replaced["entries"].as_array().unwrap().len(), 1);
    let sam = first["actor_id"].as_str().unwrap();
    let by_sam = format!("/api/audit?limit=3&actor={sam}&until={}", i64::MAX);
    let by_sam: Value = admin.get(&by_sam).await.expect(200).json();
    assert_eq!(by_sam["entries"].as_array().unwrap().len(), 3);
    admin
        .get("/api/audit?action=nothing")
        .await
        .expect_problem(ProblemCode::Invalid);
    take.owner
        .get("/api/audit/export?format=csv")
        .await
        .expect_problem(ProblemCode::Forbidden);
    let csv = admin.get("/api/audit/export?format=csv").await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text().lines().count(), 5, "a head and four lines");
    let lines = admin
        .get("/api/audit/export?format=json&action=person_added")
        .await;
    let line: Value = serde_json::from_str(&lines.expect(200).text()).unwrap();
    assert_eq!(line["actor_name"], "Sam");
    for sql in ["UPDATE audit SET action = 'x'", "DELETE FROM audit"] {
        let done = app
            .app
            .store
            .write(async |tx: &mut Tx| -> Result<(), StoreError> {
                in_tx!(tx, |db| sqlx::query(sql).execute(db).await.map(|_| ()))?;
                Ok(())
            });
        done.await.unwrap_err();
    }
}
