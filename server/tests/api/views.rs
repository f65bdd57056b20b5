//! Who watched what: counted, shown to the owner, remembered for the viewer, turned off.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::domain::token::Kind;
use aside_server::service::token::issue;
use aside_server::store::Tx;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, take};

/// A browser in which somebody with an account is signed in.
async fn browser(app: &TestApp, name: &str) -> Client {
    let person = app.person(name, Role::Member).await;
    let me: Value = person.get("/api/me").await.expect(200).json();
    let id = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let state = &app.app;
    let made = state
        .store
        .write(async |tx: &mut Tx| issue(tx, state, Kind::Session, Some(id), "test").await)
        .await;
    let (_, secret) = made.unwrap();
    let key = state.media_keys.get(state).await.unwrap();
    let jar = aside_server::auth::cookie::Jar {
        tag: key.tag(),
        https: false,
    };
    let cookie = jar.set(Kind::Session, &secret);
    let pair = cookie
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    app.anonymous()
        .with("cookie", &pair)
        .with("origin", "http://aside.test")
}

/// A finished recording of ten seconds.
async fn ten_seconds(app: &TestApp) -> Take {
    let take = take(app).await;
    take.record(10).await;
    take.finish(20, 20).await;
    take
}

async fn watch(who: &Client, take: &Take, stretches: &[(u64, u64)]) {
    let position = stretches.last().map_or(0, |&(_, to)| to);
    let stretches: Vec<Value> = stretches
        .iter()
        .map(|(from, to)| json!({ "from_ms": from, "to_ms": to }))
        .collect();
    let report = json!({ "visitor": "a number", "stretches": stretches, "position_ms": position });
    who.post(&take.api("/watched"), &report).await.expect(204);
}

async fn views(take: &Take) -> Value {
    let path = format!("/api/recordings/{}/views", take.id);
    take.owner.get(&path).await.expect(200).json()
}

async fn count(who: &Client, take: &Take) -> Value {
    let page: Value = who.get(&take.api("")).await.expect(200).json();
    page["views"]["count"].clone()
}

#[both]
async fn five_seconds_of_a_person_are_one_view_however_often_they_come_back(app: TestApp) {
    let take = ten_seconds(&app).await;
    let ana = browser(&app, "ana").await;
    watch(&ana, &take, &[(0, 2_000)]).await;
    assert_eq!(count(&ana, &take).await, 0, "two seconds are none");
    watch(&ana, &take, &[(2_000, 5_000)]).await;
    assert_eq!(count(&ana, &take).await, 1);
    app.clock.advance(Duration::from_secs(60));
    watch(&ana, &take, &[(0, 10_000)]).await;
    assert_eq!(count(&ana, &take).await, 1);
    let found = views(&take).await;
    assert_eq!(
        (&found["people"][0]["name"], &found["people"][0]["percent"]),
        (&json!("ana"), &json!(100))
    );
    assert_eq!(found["attention"], json!(vec![1; 10]));
}

#[both]
async fn one_hears_of_named_guests_and_of_strangers_only_how_many(app: TestApp) {
    let take = ten_seconds(&app).await;
    let words = json!({ "at_ms": 0, "body": "words", "guest_name": "Guest Gil" });
    let answer = app.anonymous().post(&take.api("/comments"), &words).await;
    let gil = app.anonymous().keep_cookies(&answer.expect(201));
    watch(&gil, &take, &[(0, 5_000)]).await;
    let stranger = app.anonymous();
    watch(&stranger, &take, &[(0, 6_000)]).await;
    watch(&stranger, &take, &[(0, 6_000)]).await;
    let found = views(&take).await;
    let names: Vec<&str> = found["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!((names, &found["unknown"]), (vec!["Guest Gil"], &json!(1)));
    assert_eq!(found["attention"], json!([2, 2, 2, 2, 2, 1, 0, 0, 0, 0]));
}

#[both]
async fn who_gives_a_name_later_is_not_counted_twice(app: TestApp) {
    let take = ten_seconds(&app).await;
    watch(&app.anonymous(), &take, &[(0, 5_000)]).await;
    let ana = browser(&app, "ana").await;
    watch(&ana, &take, &[(5_000, 6_000)]).await;
    let found = views(&take).await;
    assert_eq!(
        (&found["unknown"], &found["people"][0]["percent"]),
        (&json!(0), &json!(60))
    );
}

#[both]
async fn neither_the_owner_nor_a_program_nor_who_asks_not_to_be_followed_is_counted(app: TestApp) {
    let take = ten_seconds(&app).await;
    let all = [(0, 10_000)];
    watch(&take.owner, &take, &all).await;
    let program = app.person("robot", Role::Member).await;
    watch(&program, &take, &all).await;
    for header in ["dnt", "sec-gpc"] {
        watch(&app.anonymous().with(header, "1"), &take, &all).await;
        let page: Value = app
            .anonymous()
            .with(header, "1")
            .get(&take.api(""))
            .await
            .expect(200)
            .json();
        assert_eq!(page["views"]["noted"], false);
    }
    assert_eq!(count(&app.anonymous(), &take).await, 0);
    let noted = async |who: &Client| {
        let page: Value = who.get(&take.api("")).await.expect(200).json();
        page["views"]["noted"].clone()
    };
    assert_eq!(noted(&app.anonymous()).await, true);
    assert_eq!(noted(&take.owner).await, false);
    assert_eq!(noted(&program).await, false);
}

#[both]
async fn a_view_stays_when_sharing_ends_and_goes_when_its_person_turns_it_off(app: TestApp) {
    let take = ten_seconds(&app).await;
    let ana = browser(&app, "ana").await;
    watch(&ana, &take, &[(0, 5_000)]).await;
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let change = json!({ "audience": "owner" });
    take.owner.patch(&sharing, &change).await.expect(200);
    ana.get(&take.api("")).await.expect(404);
    assert_eq!(views(&take).await["people"][0]["name"], "ana");
    let report =
        json!({ "stretches": [{ "from_ms": 5_000, "to_ms": 9_000 }], "position_ms": 9_000 });
    ana.post(&take.api("/watched"), &report).await.expect(404);
    assert_eq!(views(&take).await["people"][0]["percent"], 50);
    let own = json!({ "own": false });
    ana.put("/api/me/views", &own).await.expect(200);
    assert_eq!(
        views(&take).await["people"],
        json!([]),
        "what was noted is forgotten"
    );
}

#[both]
async fn each_switch_turns_it_off(app: TestApp) {
    let take = ten_seconds(&app).await;
    let ana = browser(&app, "ana").await;
    let boss = app.person("boss", Role::Owner).await;
    ana.put("/api/server/views", &json!({ "server": false }))
        .await
        .expect_problem(ProblemCode::Forbidden);
    for (who, path, field) in [
        (&ana, "/api/me/views", "own"),
        (&take.owner, "/api/me/views", "own"),
        (&boss, "/api/server/views", "server"),
    ] {
        let off: Value = who
            .put(path, &json!({ field: false }))
            .await
            .expect(200)
            .json();
        assert_eq!(off[field], false);
        let page: Value = ana.get(&take.api("")).await.expect(200).json();
        assert_eq!(page["views"]["noted"], false, "{path}");
        watch(&ana, &take, &[(0, 9_000)]).await;
        let on: Value = who
            .put(path, &json!({ field: true }))
            .await
            .expect(200)
            .json();
        assert_eq!(on[field], true);
        assert_eq!(count(&ana, &take).await, 0, "{path}");
    }
    boss.put("/api/server/views", &json!({ "server": false }))
        .await
        .expect(200);
    assert_eq!(count(&ana, &take).await, Value::Null);
    assert_eq!(views(&take).await["counted"], false);
    let audit: Value = boss.get("/api/audit").await.expect(200).json();
    assert_eq!(audit["entries"][0]["action"], "views_switched");
}

#[both]
async fn what_was_begun_is_offered_again_and_what_was_not_watched_has_a_dot(app: TestApp) {
    let take = take(&app).await;
    take.record(60).await;
    take.finish(120, 120).await;
    let ana = browser(&app, "ana").await;
    let card = async || {
        let list: Value = ana
            .get("/api/recordings?section=everyone")
            .await
            .expect(200)
            .json();
        list["items"][0].clone()
    };
    let unfinished = async || {
        let list: Value = ana.get("/api/library/unfinished").await.expect(200).json();
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|it| it["position_ms"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(card().await["seen"], false);
    assert!(unfinished().await.is_empty());
    watch(&ana, &take, &[(0, 20_000)]).await;
    assert_eq!(card().await["seen"], true);
    assert_eq!(card().await["views"], 1);
    assert_eq!(unfinished().await, [json!(20_000)]);
    watch(&ana, &take, &[(20_000, 59_000)]).await;
    assert!(unfinished().await.is_empty(), "nothing is left");
    watch(&ana, &take, &[(10_000, 30_000)]).await;
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let change = json!({ "audience": "owner" });
    take.owner.patch(&sharing, &change).await.expect(200);
    assert!(unfinished().await.is_empty(), "it may not be seen any more");
    let own: Value = take.owner.get("/api/recordings").await.expect(200).json();
    assert_eq!(own["items"][0]["seen"], Value::Null);
}

#[both]
async fn a_report_that_makes_no_sense_is_refused_or_counts_for_nothing(app: TestApp) {
    let take = ten_seconds(&app).await;
    let many = vec![json!({ "from_ms": 0, "to_ms": 1 }); 101];
    let report = json!({ "visitor": "x", "stretches": many, "position_ms": 0 });
    app.anonymous()
        .post(&take.api("/watched"), &report)
        .await
        .expect_problem(ProblemCode::Invalid);
    watch(
        &app.anonymous(),
        &take,
        &[(9_000, 3_000), (60_000, u64::MAX)],
    )
    .await;
    assert_eq!(count(&app.anonymous(), &take).await, 0);
}

#[both]
async fn who_is_deleted_has_watched_nothing(app: TestApp) {
    let take = ten_seconds(&app).await;
    let (ana, bo) = (browser(&app, "ana").await, browser(&app, "bo").await);
    for who in [&ana, &bo] {
        watch(who, &take, &[(0, 6_000)]).await;
    }
    assert_eq!(count(&bo, &take).await, 2);
    let me: Value = ana.get("/api/me").await.expect(200).json();
    let path = format!(
        "/api/server/people/{}/delete",
        me["user"]["id"].as_str().unwrap()
    );
    let admin = app.person("admin", Role::Owner).await;
    let gone = json!({ "recordings_to": null, "with_comments": false });
    admin.post(&path, &gone).await.expect(204);
    let found = views(&take).await;
    assert_eq!(found["people"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["people"][0]["name"], "bo");
    assert_eq!(count(&bo, &take).await, 1);
}
