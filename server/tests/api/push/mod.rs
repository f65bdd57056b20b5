//! What people are told in their browsers: by the rules of mails, encrypted for one browser, once, whatever its push service answers.
//! The services of the makers of browsers are not reached from here.

mod languages;
mod service;
mod taken_back;

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::checked_http::{CheckedHttp, Limits, SystemLookup};
use aside_server::domain::dial::DialRule;
use aside_server::jobs::worker::Worker;
use aside_server::jobs::{ModelState, Reach, Tools};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use self::service::{Browser, PushService};
use crate::people::recorded;
use crate::take::{Take, member};

/// Longer than what is told at once waits.
const SOON: Duration = Duration::from_secs(31);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A worker that may ask these networks, and nobody else that is not public.
fn worker(app: &TestApp, allowed: &str) -> Worker {
    let limits = Limits {
        total: Duration::from_secs(5),
        ..Limits::default()
    };
    let rule = DialRule::new(allowed.parse().unwrap());
    let http = CheckedHttp::looking_up(rule, limits, Arc::new(SystemLookup)).unwrap();
    let reach = Reach {
        http,
        public: Some("https://aside.test".parse().unwrap()),
    };
    let tools = Tools::with(ModelState::Missing).reaching(Some(reach));
    Worker::new(app.app.resources.clone(), tools)
}

/// Sends what is due.
async fn work(app: &TestApp) {
    worker(app, "127.0.0.1").run_until_idle().await.unwrap();
}

async fn later(app: &TestApp, after: Duration) {
    app.clock.advance(after);
    work(app).await;
}

async fn on(who: &Client, browser: &Browser) {
    who.put("/api/me/push", &browser.json()).await.expect(204);
}

async fn browsers(who: &Client) -> Vec<Value> {
    let found: Value = who.get("/api/me/push").await.expect(200).json();
    found["browsers"].as_array().unwrap().clone()
}

async fn say(who: &Client, take: &Take, body: Value) -> String {
    let answer = who.post(&take.api("/comments"), &body).await.expect(201);
    let comment: Value = answer.json();
    comment["id"].as_str().unwrap().to_owned()
}

fn hello() -> Value {
    json!({ "at_ms": 0, "body": "hello" })
}

async fn set(who: &Client, change: impl FnOnce(&mut Value)) {
    let path = "/api/me/notice-settings";
    let found: Value = who.get(path).await.expect(200).json();
    let mut settings = found["settings"].clone();
    change(&mut settings);
    who.put(path, &settings).await.expect(204);
}

/// A second sign-in of the same person.
async fn again(who: &Client, app: &TestApp) -> Client {
    let made = who.post("/api/tokens", &json!({ "name": "Phone" })).await;
    let made: Value = made.expect(201).json();
    let secret = made["secret"].as_str().or(made["token"].as_str()).unwrap();
    app.anonymous()
        .with("authorization", &format!("Bearer {secret}"))
}

#[both]
async fn each_browser_is_told_once_what_was_said_and_only_it_can_read_that(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    take.send(aside_protocol::recording::TrackName::Video, 2..10)
        .await;
    let (desk, phone) = (Browser::of(&service, 1), Browser::of(&service, 2));
    on(&take.owner, &desk).await;
    on(&again(&take.owner, &app).await, &phone).await;
    let mo = member(&app, "Mo").await;
    let words = json!({ "at_ms": 3_400, "body": "the **button** is\ncut off" });
    let thread = say(&mo, &take, words).await;
    work(&app).await;
    assert_eq!(service.got().len(), 0, "it waits a moment");
    later(&app, SOON).await;
    for browser in [&desk, &phone] {
        let told = browser.read(&service);
        let [one] = &told[..] else { panic!("{told:?}") };
        assert_eq!(one["title"], "Mo commented");
        assert_eq!(one["body"], "Bug in <login> at 0:03\nthe button is cut off");
        assert_eq!(one["url"], format!("/w/{}?t=3&c={thread}", take.slug));
    }
    service.check(&app);
    let got = service.got();
    assert_eq!(got[0].header("urgency"), "normal");
    assert_ne!(got[0].body, got[1].body);
    assert!(
        got.iter()
            .all(|it| !String::from_utf8_lossy(&it.body).contains("button"))
    );
    later(&app, DAY).await;
    assert_eq!(service.got().len(), 2, "nobody is told twice");
    let listed = browsers(&take.owner).await;
    assert!(
        listed.iter().all(|it| !it["delivered_at"].is_null()),
        "{listed:?}"
    );
    // A mention wakes a phone that saves its battery; its own words nobody is told.
    let sam: Value = take.owner.get("/api/me").await.expect(200).json();
    let sam = sam["user"]["id"].as_str().unwrap().to_owned();
    say(
        &mo,
        &take,
        json!({ "at_ms": 0, "body": format!("<@user:{sam}> look") }),
    )
    .await;
    say(&take.owner, &take, hello()).await;
    later(&app, SOON).await;
    let got = service.got();
    assert_eq!(got.len(), 4);
    assert!(got[2..].iter().all(|it| it.header("urgency") == "high"));
}

#[both]
async fn what_was_read_deleted_closed_or_is_unwanted_is_not_sent(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "members").await;
    on(&take.owner, &Browser::of(&service, 1)).await;
    let mo = member(&app, "Mo").await;
    on(&mo, &Browser::of(&service, 2)).await;
    let gone = say(&mo, &take, hello()).await;
    mo.delete(&format!("/api/comments/{gone}"))
        .await
        .expect(204);
    later(&app, SOON).await;
    say(&mo, &take, hello()).await;
    let seen = json!({ "recording_id": take.id });
    take.owner
        .post("/api/me/notices/read", &seen)
        .await
        .expect(204);
    later(&app, SOON).await;
    assert_eq!(service.got().len(), 0);
    let thread = say(&mo, &take, hello()).await;
    later(&app, SOON).await;
    assert_eq!(service.got().len(), 1);
    let answer = json!({ "parent_id": thread, "body": "secret" });
    say(&take.owner, &take, answer).await;
    let path = format!("/api/recordings/{}/sharing", take.id);
    let audience = |whose: &str| json!({ "audience": whose });
    take.owner
        .patch(&path, &audience("owner"))
        .await
        .expect(200);
    later(&app, SOON).await;
    take.owner
        .patch(&path, &audience("members"))
        .await
        .expect(200);
    later(&app, SOON).await;
    assert_eq!(service.got().len(), 1, "it was decided about");
    // What is not wanted in a browser may be wanted by mail; and what waits ends with the wish.
    say(&mo, &take, hello()).await;
    set(&take.owner, |it| it["push"]["comment"] = json!("never")).await;
    later(&app, SOON).await;
    assert_eq!(service.got().len(), 1);
    let settings: Value = take.owner.get("/api/me/notice-settings").await.json();
    assert_eq!(settings["settings"]["kinds"]["comment"], "at_once");
}

#[both]
async fn what_comes_at_night_is_told_together_in_the_morning(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let desk = Browser::of(&service, 1);
    on(&take.owner, &desk).await;
    let mo = member(&app, "Mo").await;
    // It is 01:00 in Berlin.
    set(&take.owner, |it| {
        it["zone"] = json!("Europe/Berlin");
        it["quiet"] = json!({ "from": 22 * 60, "to": 8 * 60 });
    })
    .await;
    for n in 0..3 {
        say(
            &mo,
            &take,
            json!({ "at_ms": n * 100, "body": format!("number {n}") }),
        )
        .await;
    }
    later(&app, Duration::from_secs(6 * 3600)).await;
    assert_eq!(service.got().len(), 0);
    later(&app, Duration::from_secs(3600)).await;
    let told = desk.read(&service);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["title"], &told[0]["url"]),
        (&json!("3 things for you"), &json!("/inbox"))
    );
    assert_eq!(service.got()[0].header("urgency"), "low");
    service.check(&app);
}

#[both]
async fn a_browser_that_its_service_does_not_know_is_told_no_more(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    for status in [404, 410] {
        on(&take.owner, &Browser::of(&service, 1)).await;
        say(&mo, &take, hello()).await;
        service.then(status, None);
        later(&app, SOON).await;
        assert_eq!(browsers(&take.owner).await, [] as [Value; 0], "{status}");
    }
    say(&mo, &take, hello()).await;
    later(&app, DAY).await;
    assert_eq!(service.got().len(), 2);
}

#[both]
async fn a_service_that_cannot_now_gets_it_later_once_and_not_before_it_says(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let desk = Browser::of(&service, 1);
    on(&take.owner, &desk).await;
    let mo = member(&app, "Mo").await;
    say(&mo, &take, json!({ "at_ms": 0, "body": "first" })).await;
    service.then(429, Some("3600"));
    later(&app, SOON).await;
    // Neither time nor something new makes it come before.
    later(&app, Duration::from_secs(1800)).await;
    say(&mo, &take, json!({ "at_ms": 0, "body": "second" })).await;
    later(&app, Duration::from_secs(1700)).await;
    assert_eq!(service.got().len(), 1);
    let listed = browsers(&take.owner).await;
    assert!(!listed[0]["failing_since"].is_null(), "{listed:?}");
    service.then(503, None);
    service.then(500, None);
    for _ in 0..4 {
        later(&app, Duration::from_secs(1800)).await;
    }
    let told: Vec<Value> = desk.read(&service);
    let words = |it: &Value| {
        it["body"]
            .as_str()
            .unwrap()
            .split('\n')
            .nth(1)
            .unwrap()
            .to_owned()
    };
    let told: Vec<String> = told.iter().map(words).collect();
    assert_eq!(told, ["first", "first", "first", "first", "second"]);
    let listed = browsers(&take.owner).await;
    assert!(listed[0]["failing_since"].is_null(), "{listed:?}");
}

#[both]
async fn what_is_too_large_comes_without_its_words_and_what_is_refused_holds_up_nothing(
    app: TestApp,
) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let desk = Browser::of(&service, 1);
    on(&take.owner, &desk).await;
    let mo = member(&app, "Mo").await;
    service.takes_at_most(500);
    say(
        &mo,
        &take,
        json!({ "at_ms": 0, "body": "word ".repeat(100) }),
    )
    .await;
    later(&app, SOON).await;
    let told = desk.read(&service);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(
        (&told[1]["title"], &told[1]["body"]),
        (&json!("Something new for you"), &json!(""))
    );
    assert_eq!(told[0]["url"], told[1]["url"]);
    // Nothing at all is taken of this one, and the next one comes all the same.
    for _ in 0..2 {
        service.then(413, None);
    }
    say(&mo, &take, json!({ "at_ms": 0, "body": "lost" })).await;
    later(&app, SOON).await;
    service.then(400, None);
    say(&mo, &take, json!({ "at_ms": 0, "body": "refused" })).await;
    later(&app, SOON).await;
    say(&mo, &take, json!({ "at_ms": 0, "body": "taken" })).await;
    later(&app, SOON).await;
    let last = desk.read(&service).pop().unwrap();
    assert!(last["body"].as_str().unwrap().ends_with("taken"), "{last}");
    assert_eq!(browsers(&take.owner).await.len(), 1);
}

#[both]
async fn an_address_that_is_not_public_is_not_dialled_and_forgotten_after_a_week(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let desk = Browser::of(&service, 1);
    on(&take.owner, &desk).await;
    say(&member(&app, "Mo").await, &take, hello()).await;
    app.clock.advance(SOON);
    worker(&app, "").run_until_idle().await.unwrap();
    assert_eq!(service.got().len(), 0);
    let listed = browsers(&take.owner).await;
    assert!(!listed[0]["failing_since"].is_null(), "{listed:?}");
    app.clock.advance(DAY * 8);
    worker(&app, "").run_until_idle().await.unwrap();
    assert_eq!(browsers(&take.owner).await, [] as [Value; 0]);
    for (endpoint, field) in [
        ("ftp://push.example.net/x", "endpoint"),
        ("https://a:b@push.example.net/x", "endpoint"),
        ("no address", "endpoint"),
    ] {
        let body = desk.clone().at(endpoint).json();
        let answer = take.owner.put("/api/me/push", &body);
        let problem = answer.await.expect_problem(ProblemCode::Invalid);
        assert!(format!("{problem:?}").contains(field), "{problem:?}");
    }
    let long = format!("https://push.example.net/{}", "x".repeat(3_000));
    let mut forged = desk.json();
    forged["keys"]["p256dh"] = json!(
        "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    );
    for body in [desk.at(&long).json(), forged] {
        let answer = take.owner.put("/api/me/push", &body).await;
        answer.expect_problem(ProblemCode::Invalid);
    }
}

#[both]
async fn what_was_answered_or_is_not_to_be_sent_any_more_ends_the_week_of_failures(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    on(&take.owner, &Browser::of(&service, 1)).await;
    let mo = member(&app, "Mo").await;
    let fails = async || !browsers(&take.owner).await[0]["failing_since"].is_null();
    let hour = Duration::from_secs(3600);
    // Read before it is tried again; refused for good; too large for good.
    for answers in [vec![], vec![400], vec![413, 413]] {
        say(&mo, &take, hello()).await;
        service.then(503, None);
        later(&app, SOON).await;
        assert!(fails().await, "{answers:?}");
        if answers.is_empty() {
            let seen = json!({ "recording_id": take.id });
            let read = take.owner.post("/api/me/notices/read", &seen);
            read.await.expect(204);
        }
        for status in &answers {
            service.then(*status, None);
        }
        later(&app, hour).await;
        assert!(!fails().await, "{answers:?}");
        // Eight days with nothing to tell are no eight days of failures.
        later(&app, DAY * 8).await;
    }
    let before = service.got().len();
    say(&mo, &take, hello()).await;
    service.then(503, None);
    later(&app, SOON).await;
    assert!(fails().await);
    later(&app, hour).await;
    assert!(!fails().await);
    assert_eq!(service.got().len(), before + 2);
}

#[both]
async fn a_browser_whose_service_gave_it_another_address_is_told_there_what_waited(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let (old, new) = (Browser::of(&service, 1), Browser::of(&service, 2));
    on(&take.owner, &old).await;
    let before = browsers(&take.owner).await;
    let mo = member(&app, "Mo").await;
    say(&mo, &take, hello()).await;
    let mut renewed = new.json();
    renewed["renews"] = old.json()["endpoint"].clone();
    // By whom the old address is not: somebody else, or the same person in another browser.
    for other in [&mo, &again(&take.owner, &app).await] {
        let answer = other.put("/api/me/push", &renewed).await;
        answer.expect_problem(ProblemCode::NotFound);
    }
    assert_eq!(browsers(&mo).await, [] as [Value; 0]);
    take.owner.put("/api/me/push", &renewed).await.expect(204);
    let after = browsers(&take.owner).await;
    assert_eq!((after.len(), &after[0]["id"]), (1, &before[0]["id"]));
    later(&app, SOON).await;
    assert_eq!(old.read(&service).len(), 0);
    assert_eq!(new.read(&service).len(), 1);
    let answer = take.owner.put("/api/me/push", &renewed).await;
    answer.expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_browser_that_is_taken_over_is_the_newest_of_its_person(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let shared = Browser::of(&service, 1);
    on(&take.owner, &shared).await;
    app.clock.advance(SOON);
    let mo = member(&app, "Mo").await;
    for n in 2..22 {
        on(&again(&mo, &app).await, &Browser::of(&service, n)).await;
        app.clock.advance(SOON);
    }
    assert_eq!(browsers(&mo).await.len(), 20);
    on(&mo, &shared).await;
    let listed = browsers(&mo).await;
    assert_eq!((listed.len(), &listed[0]["this"]), (20, &json!(true)));
    assert!(listed[0]["delivered_at"].is_null(), "{listed:?}");
}

#[both]
async fn a_browser_is_told_as_long_as_its_sign_in_lasts_and_of_one_person(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let phone = again(&take.owner, &app).await;
    let (desk, pocket) = (Browser::of(&service, 1), Browser::of(&service, 2));
    on(&take.owner, &desk).await;
    on(&phone, &pocket).await;
    let listed = browsers(&phone).await;
    assert_eq!(listed.len(), 2);
    let this = |it: &Value| it["this"] == true;
    assert_eq!(listed.iter().filter(|it| this(it)).count(), 1);
    assert!(
        !format!("{listed:?}").contains("/p/"),
        "the address is a secret"
    );
    let mo = member(&app, "Mo").await;
    say(&mo, &take, hello()).await;
    // The phone is signed out of; the desk belongs to Mo now.
    take.owner.delete("/api/tokens").await.expect(204);
    on(&mo, &desk).await;
    later(&app, SOON).await;
    assert_eq!(service.got().len(), 0);
    assert_eq!(browsers(&take.owner).await, [] as [Value; 0]);
    let mine = browsers(&mo).await;
    let path = format!("/api/me/push/{}", mine[0]["id"].as_str().unwrap());
    take.owner
        .delete(&path)
        .await
        .expect_problem(ProblemCode::NotFound);
    mo.delete(&path).await.expect(204);
    assert_eq!(browsers(&mo).await, [] as [Value; 0]);
    // One browser of a sign-in counts: the newest.
    for n in 3..6 {
        on(&mo, &Browser::of(&service, n)).await;
    }
    assert_eq!(browsers(&mo).await.len(), 1);
}
