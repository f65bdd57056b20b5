//! The inbox: who is told of what, what becomes of it, and that nobody sees there what they may not see.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::event_page::Page;
use crate::people::recorded;
use crate::take::{Take, authorization, member};

/// What a part of an inbox shows: kind and who did it, the newest first.
async fn told(who: &Client, part: &str) -> Vec<(String, String)> {
    let items = items(who, part).await;
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let told = items.iter();
    told.map(|it| (text(&it["kind"]), text(&it["by"]["name"])))
        .collect()
}

async fn items(who: &Client, part: &str) -> Vec<Value> {
    let path = format!("/api/me/notices?part={part}");
    let page: Value = who.get(&path).await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

async fn unread(who: &Client) -> Value {
    let count: Value = who.get("/api/me/notices/count").await.expect(200).json();
    count["unread"].clone()
}

fn pair(kind: &str, by: &str) -> (String, String) {
    (kind.to_owned(), by.to_owned())
}

async fn write(who: &Client, take: &Take, body: &Value) -> String {
    let answer = who.post(&take.api("/comments"), body).await.expect(201);
    let comment: Value = answer.json();
    comment["id"].as_str().unwrap().to_owned()
}

async fn say(who: &Client, take: &Take, words: &str) -> String {
    write(who, take, &json!({ "at_ms": 500, "body": words })).await
}

async fn answer(who: &Client, take: &Take, thread: &str, words: &str) -> String {
    write(who, take, &json!({ "parent_id": thread, "body": words })).await
}

async fn change(who: &Client, wish: Value) -> Value {
    let answer = who.post("/api/me/notices/change", &wish).await;
    answer.expect(200).json()
}

async fn follow(who: &Client, what: &str, follows: Value) {
    let path = format!("/api/me/subscriptions/{what}");
    let body = json!({ "follows": follows });
    who.put(&path, &body).await.expect(204);
}

async fn me(who: &Client) -> String {
    let me: Value = who.get("/api/me").await.expect(200).json();
    me["user"]["id"].as_str().unwrap().to_owned()
}

#[both]
async fn a_thread_tells_its_people_once_each_and_nobody_of_their_own_deed(app: TestApp) {
    let take = recorded(&app, app.sam().await, "link").await;
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    let later = || app.clock.advance(Duration::from_secs(1));
    let thread = say(&mo, &take, "the **button** is cut off").await;
    assert_eq!(told(&take.owner, "inbox").await, [pair("comment", "Mo")]);
    assert_eq!(told(&mo, "inbox").await, []);
    later();
    answer(&ana, &take, &thread, "on mine too").await;
    assert_eq!(told(&mo, "inbox").await, [pair("answer", "Ana")]);
    later();
    answer(&take.owner, &take, &thread, "fixed").await;
    assert_eq!(told(&ana, "inbox").await, [pair("answer", "sam")]);
    assert_eq!(
        told(&mo, "inbox").await,
        [pair("answer", "sam"), pair("answer", "Ana")]
    );
    assert_eq!(unread(&mo).await, 2);
    // Once they wrote in it, it is their thread as well as their recording.
    later();
    answer(&mo, &take, &thread, "thanks").await;
    let kinds = told(&take.owner, "inbox").await;
    assert_eq!(kinds[0], pair("answer", "Mo"));
    let first = &items(&take.owner, "inbox").await[2];
    assert_eq!(first["comment"]["text"], "the button is cut off");
    assert_eq!(first["comment"]["at_ms"], 500);
    assert_eq!(first["recording"]["title"], "Bug in <login>");
    later();
    let resolve = json!({ "resolved": true });
    let path = format!("/api/comments/{thread}");
    take.owner.patch(&path, &resolve).await.expect(200);
    take.owner.patch(&path, &resolve).await.expect(200);
    assert_eq!(told(&ana, "inbox").await[0], pair("resolved", "sam"));
    assert_eq!(told(&ana, "inbox").await.len(), 3);
}

#[both]
async fn a_guest_is_named_and_what_is_deleted_is_shown_to_nobody(app: TestApp) {
    let take = recorded(&app, app.sam().await, "link").await;
    let bo = json!({ "at_ms": 0, "body": "hello", "guest_name": "Bo" });
    let answer = app.anonymous().post(&take.api("/comments"), &bo).await;
    let bo = app.anonymous().keep_cookies(&answer.clone().expect(201));
    let id = answer.json::<Value>()["id"].as_str().unwrap().to_owned();
    assert_eq!(told(&take.owner, "inbox").await, [pair("comment", "Bo")]);
    bo.delete(&format!("/api/comments/{id}")).await.expect(204);
    assert_eq!(told(&take.owner, "inbox").await, []);
    assert_eq!(unread(&take.owner).await, 0);
    bo.post(&format!("/api/comments/{id}/restore"), &json!({}))
        .await
        .expect(200);
    assert_eq!(unread(&take.owner).await, 1);
}

#[both]
async fn who_lost_access_is_shown_nothing_of_it(app: TestApp) {
    let take = recorded(&app, app.sam().await, "members").await;
    let mo = member(&app, "Mo").await;
    let thread = say(&mo, &take, "secret words").await;
    answer(&take.owner, &take, &thread, "an answer").await;
    assert_eq!(unread(&mo).await, 1);
    let path = format!("/api/recordings/{}/sharing", take.id);
    let owner = json!({ "audience": "owner" });
    take.owner.patch(&path, &owner).await.expect(200);
    assert_eq!(told(&mo, "inbox").await, []);
    assert_eq!(unread(&mo).await, 0);
    let members = json!({ "audience": "members" });
    take.owner.patch(&path, &members).await.expect(200);
    assert_eq!(unread(&mo).await, 1);
    take.trash().await;
    assert_eq!(unread(&mo).await, 0);
}

#[both]
async fn what_is_shared_and_asked_for_is_told_and_an_answer_settles_it(app: TestApp) {
    let take = recorded(&app, app.sam().await, "owner").await;
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    let people = format!("/api/recordings/{}/people", take.id);
    let named = json!({ "user_id": me(&mo).await });
    take.owner.post(&people, &named).await.expect(200);
    take.owner.post(&people, &named).await.expect(200);
    assert_eq!(told(&mo, "inbox").await, [pair("shared", "sam")]);
    let question = json!({ "message": "may I?" });
    ana.post(&take.api("/ask"), &question).await.expect(202);
    ana.post(&take.api("/ask"), &question).await.expect(202);
    // It is written down behind the answer.
    while told(&take.owner, "inbox").await.is_empty() {
        tokio::task::yield_now().await;
    }
    let asked = items(&take.owner, "inbox").await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["kind"], "asked");
    assert_eq!(asked[0]["by"]["name"], "Ana");
    assert_eq!(asked[0]["message"], "may I?");
    let shared: Value = take
        .owner
        .get(&format!("/api/recordings/{}/sharing", take.id))
        .await
        .json();
    let request = shared["requests"][0]["id"].as_str().unwrap();
    let path = format!("/api/recordings/{}/requests/{request}", take.id);
    let yes = json!({ "allow": true });
    take.owner.post(&path, &yes).await.expect(200);
    assert_eq!(told(&take.owner, "inbox").await, []);
    assert_eq!(told(&ana, "inbox").await, [pair("shared", "sam")]);
}

#[both]
async fn what_is_put_off_comes_back_unread_at_nine_where_its_person_is(app: TestApp) {
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    say(&mo, &take, "hello").await;
    let sam = &take.owner;
    let id = items(sam, "inbox").await[0]["id"].clone();
    change(sam, json!({ "ids": [id], "read": true })).await;
    assert_eq!(unread(sam).await, 0);
    // It is midnight in Greenwich, 01:00 in Berlin: tomorrow at nine is 32 hours from now.
    let wish = json!({ "ids": [id], "later": "tomorrow", "time_zone": "Europe/Berlin" });
    let until = change(sam, wish).await["later_until"].clone();
    let begin = app.app.now().micros();
    assert_eq!(until, begin + 32 * 3_600_000_000);
    assert_eq!(told(sam, "inbox").await, []);
    assert_eq!(told(sam, "later").await.len(), 1);
    app.clock.advance(Duration::from_secs(32 * 3600 - 1));
    assert_eq!(unread(sam).await, 0);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(unread(sam).await, 1);
    assert_eq!(told(sam, "later").await, []);
    change(sam, json!({ "ids": [id], "done": true })).await;
    assert_eq!(unread(sam).await, 0);
    assert_eq!(told(sam, "done").await.len(), 1);
    change(sam, json!({ "ids": [id], "done": false, "read": false })).await;
    assert_eq!(unread(sam).await, 1);
    // Somebody else's is not changed.
    change(&mo, json!({ "ids": [id], "done": true })).await;
    assert_eq!(unread(sam).await, 1);
    sam.post("/api/me/notices/read", &json!({}))
        .await
        .expect(204);
    assert_eq!(unread(sam).await, 0);
}

#[both]
async fn an_inbox_is_read_page_by_page(app: TestApp) {
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    for n in 0..7 {
        say(&mo, &take, &format!("number {n}")).await;
        app.clock.advance(Duration::from_secs(1));
    }
    let mut seen = Vec::new();
    let mut path = "/api/me/notices?limit=3".to_owned();
    loop {
        let page: Value = take.owner.get(&path).await.expect(200).json();
        for item in page["items"].as_array().unwrap() {
            seen.push(item["comment"]["text"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/me/notices?limit=3&before={next}");
    }
    let expected: Vec<String> = (0..7).rev().map(|n| format!("number {n}")).collect();
    assert_eq!(seen, expected);
}

#[both]
async fn what_is_followed_is_told_and_what_is_muted_is_not(app: TestApp) {
    let take = recorded(&app, app.sam().await, "link").await;
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    let recording = format!("recording/{}", take.id);
    follow(&ana, &recording, json!(true)).await;
    let thread = say(&mo, &take, "one").await;
    assert_eq!(told(&ana, "inbox").await, [pair("followed", "Mo")]);
    follow(&ana, &format!("thread/{thread}"), json!(false)).await;
    answer(&take.owner, &take, &thread, "two").await;
    assert_eq!(told(&ana, "inbox").await.len(), 1);
    follow(&ana, &recording, json!(null)).await;
    say(&mo, &take, "three").await;
    assert_eq!(told(&ana, "inbox").await.len(), 1);
    // The owner hears of every comment, but not of those of whom they muted.
    assert_eq!(told(&take.owner, "inbox").await.len(), 2);
    follow(
        &take.owner,
        &format!("person/{}", me(&mo).await),
        json!(false),
    )
    .await;
    say(&mo, &take, "four").await;
    assert_eq!(told(&take.owner, "inbox").await.len(), 2);
    let folder: Value = take
        .owner
        .post("/api/folders", &json!({ "name": "Bugs" }))
        .await
        .json();
    let folder = folder["id"].as_str().unwrap();
    let into = json!({ "ids": [take.id], "move_to": { "folder_id": folder } });
    let moved = take.owner.post("/api/library/change", &into).await;
    moved.expect(204);
    follow(&take.owner, &format!("folder/{folder}"), json!(false)).await;
    say(&ana, &take, "five").await;
    assert_eq!(told(&take.owner, "inbox").await.len(), 2);
    for what in [
        format!("folder/{folder}"),
        format!("recording/{folder}"),
        format!("thread/{folder}"),
        format!("person/{folder}"),
    ] {
        let path = format!("/api/me/subscriptions/{what}");
        mo.put(&path, &json!({ "follows": true }))
            .await
            .expect_problem(ProblemCode::NotFound);
    }
}

#[both]
async fn an_open_page_hears_the_number_as_it_changes_until_its_person_is_signed_out(app: TestApp) {
    let token = authorization(&app, "Sam").await;
    let sam = app.anonymous().with("authorization", &token);
    let take = recorded(&app, sam, "link").await;
    let mo = member(&app, "Mo").await;
    let mut page = Page::open(&app, "/api/me/notices/events", Some(&token), None).await;
    let number = async |page: &mut Page| {
        let block = page.block().await.unwrap();
        block.split_once("data: ").unwrap().1.to_owned()
    };
    assert_eq!(number(&mut page).await, r#"{"unread":0,"more":false}"#);
    say(&mo, &take, "hello").await;
    assert_eq!(number(&mut page).await, r#"{"unread":1,"more":false}"#);
    let seen = json!({ "recording_id": take.id });
    let read = take.owner.post("/api/me/notices/read", &seen).await;
    read.expect(204);
    assert_eq!(number(&mut page).await, r#"{"unread":0,"more":false}"#);
    let tokens: Value = take.owner.get("/api/tokens").await.expect(200).json();
    let id = tokens["tokens"][0]["id"].as_str().unwrap();
    take.owner
        .delete(&format!("/api/tokens/{id}"))
        .await
        .expect(204);
    say(&mo, &take, "again").await;
    assert_eq!(page.block().await, None);
}

#[both]
async fn who_reads_the_comments_in_a_browser_has_seen_what_was_told_of_them(app: TestApp) {
    let ana = crate::account::ana(&app).await;
    let take = recorded(&app, app.sam().await, "link").await;
    let thread = say(&ana, &take, "hello").await;
    answer(&take.owner, &take, &thread, "an answer").await;
    assert_eq!(unread(&ana).await, 1);
    // A program that reads them is nobody who looks.
    let sam = &take.owner;
    sam.get(&take.api("/comments")).await.expect(200);
    ana.get(&take.api("/comments")).await.expect(200);
    // It is noted behind the answer.
    while unread(&ana).await != 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(unread(sam).await, 1);
}

#[both]
async fn who_is_mentioned_or_asked_is_told_so_and_nobody_hears_of_what_they_may_not_read(
    app: TestApp,
) {
    let take = recorded(&app, app.sam().await, "members").await;
    let (mo, ana) = (member(&app, "Mo").await, member(&app, "Ana").await);
    let to_mo = format!("look <@user:{}>, please", me(&mo).await);
    let thread = say(&ana, &take, &to_mo).await;
    assert_eq!(told(&mo, "inbox").await, [pair("mention", "Ana")]);
    assert_eq!(
        items(&mo, "inbox").await[0]["comment"]["text"],
        "look @Mo, please"
    );
    assert_eq!(told(&take.owner, "inbox").await, [pair("comment", "Ana")]);
    // A comment that names somebody only later tells them once.
    let later = say(&ana, &take, "who knows?").await;
    for _ in 0..2 {
        app.clock.advance(Duration::from_secs(1));
        let body = json!({ "body": to_mo });
        let path = format!("/api/comments/{later}");
        ana.patch(&path, &body).await.expect(200);
    }
    assert_eq!(told(&mo, "inbox").await.len(), 2);
    app.clock.advance(Duration::from_secs(1));
    let path = take.api(&format!("/comments/{thread}/assignment"));
    let wanted = json!({ "user_id": me(&mo).await });
    ana.put(&path, &wanted).await.expect(200);
    ana.put(&path, &wanted).await.expect(200);
    assert_eq!(told(&mo, "inbox").await[0], pair("assigned", "Ana"));
    assert_eq!(told(&mo, "inbox").await.len(), 3);
    let before = told(&take.owner, "inbox").await.len();
    let note = json!({ "at_ms": 0, "body": "to myself", "visibility": "author" });
    write(&ana, &take, &note).await;
    assert_eq!(told(&take.owner, "inbox").await.len(), before);
    assert_eq!(unread(&take.owner).await, before);
}
