//! Reactions to comments and to moments.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{guest, list, refused, write};
use crate::event_page::Page;
use crate::take::{Take, member, take};

fn of(take: &Take, comment: &Value) -> String {
    take.api(&format!(
        "/comments/{}/reactions",
        comment["id"].as_str().unwrap()
    ))
}

#[both]
async fn an_emoji_is_set_once_counted_for_all_and_taken_back_by_whose_it_is(app: TestApp) {
    let take = take(&app).await;
    let (mara, jo) = (member(&app, "Mara").await, member(&app, "Jo").await);
    let root = write(&mara, &take, json!({ "body": "done" })).await;
    let path = of(&take, &root);
    let mut page = Page::of(&app, &take).await;
    let set = async |who: &aside_server::testing::Client, emoji: &str, on: bool| -> Value {
        let wanted = json!({ "emoji": emoji, "on": on });
        who.post(&path, &wanted).await.expect(200).json()
    };
    set(&jo, "🎉", true).await;
    set(&jo, "🎉", true).await;
    let seen = set(&mara, "🎉", true).await;
    assert_eq!(
        seen["reactions"],
        json!([{ "emoji": "🎉", "count": 2, "names": ["Jo", "Mara"], "mine": true }])
    );
    assert_eq!(
        seen["version"], root["version"],
        "who edits it meanwhile is not disturbed"
    );
    let seen = set(&jo, "👍🏽", true).await;
    assert_eq!(seen["reactions"][1]["emoji"], "👍🏽");
    let seen = set(&mara, "👍🏽", false).await;
    assert_eq!(
        seen["reactions"].as_array().unwrap().len(),
        2,
        "it is not hers"
    );
    let seen = set(&jo, "👍🏽", false).await;
    assert_eq!(seen["reactions"].as_array().unwrap().len(), 1);
    assert_eq!(
        page.next_of("comment").await.data["reactions"][0]["count"],
        2
    );
    for bad in ["", "a", "👍👍", "=1+1", "<img>", "\u{202e}👍"] {
        let wanted = json!({ "emoji": bad, "on": true });
        refused(jo.post(&path, &wanted).await, "emoji").await;
    }
}

#[both]
async fn a_guest_with_a_name_reacts_where_they_may_comment(app: TestApp) {
    let take = take(&app).await;
    let root = write(&take.owner, &take, json!({ "body": "done" })).await;
    let path = of(&take, &root);
    let wanted = json!({ "emoji": "❤️", "on": true });
    let stranger = app.anonymous();
    refused(stranger.post(&path, &wanted).await, "guest_name").await;
    let named = json!({ "emoji": "❤️", "on": true, "guest_name": "Bo" });
    let answer = stranger.post(&path, &named).await.expect(200);
    assert_eq!(
        answer.json::<Value>()["reactions"][0]["names"],
        json!(["Bo"])
    );
    let bo = app.anonymous().keep_cookies(&answer);
    assert_eq!(list(&bo, &take).await[0]["reactions"][0]["mine"], true);
    let off = json!({ "emoji": "❤️", "on": false });
    let answer = bo.post(&path, &off).await.expect(200);
    assert_eq!(answer.json::<Value>()["reactions"], json!([]));
    take.owner
        .patch(
            &format!("/api/recordings/{}/sharing", take.id),
            &json!({ "comments": "off" }),
        )
        .await
        .expect(200);
    bo.post(&path, &wanted)
        .await
        .expect_problem(ProblemCode::Forbidden);
}

#[both]
async fn a_moment_is_reacted_to_with_one_of_six_and_only_who_did_takes_it_back(app: TestApp) {
    let take = take(&app).await;
    let (ana, _) = guest(&app, &take, "Ana", 2).await;
    let mara = member(&app, "Mara").await;
    let mut page = Page::of(&app, &take).await;
    let path = take.api("/reactions");
    let clap = json!({ "at_ms": 1500, "kind": "clap" });
    let made: Value = ana.post(&path, &clap).await.expect(201).json();
    assert_eq!(
        (
            made["name"].clone(),
            made["mine"].clone(),
            made["at_ms"].clone()
        ),
        (json!("Ana"), json!(true), json!(1500))
    );
    let heard = page.next_of("reaction").await.data;
    assert_eq!(
        (heard["id"].clone(), heard["mine"].clone()),
        (made["id"].clone(), json!(false))
    );
    let all: Value = mara.get(&take.api("/comments")).await.expect(200).json();
    assert_eq!(all["reactions"][0]["kind"], "clap");
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    for who in [&mara, &take.owner] {
        who.delete(&one)
            .await
            .expect_problem(ProblemCode::Forbidden);
    }
    ana.delete(&one).await.expect(204);
    let gone = page.next_of("reaction").await.data;
    assert_eq!(gone, json!({ "id": made["id"], "deleted": true }));
    ana.delete(&one).await.expect_problem(ProblemCode::NotFound);
    mara.post(&path, &json!({ "at_ms": 1, "kind": "boo" }))
        .await
        .expect_problem(ProblemCode::Invalid);
    refused(app.anonymous().post(&path, &clap).await, "guest_name").await;
    take.record(2).await;
    take.finish(4, 4).await;
    let late = json!({ "at_ms": 60_000, "kind": "wow" });
    refused(mara.post(&path, &late).await, "at_ms").await;
}
