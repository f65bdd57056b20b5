//! What a tracker refuses, what it is told with whose rights, and what nobody else may do with it.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::domain::outbound::DestinationId;
use aside_server::service::outbound::issues::work as issues;
use aside_server::service::outbound::send::{self, Step};
use aside_server::store::Tx;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use axum::http::StatusCode;
use serde_json::json;

use super::stand_in::{Fault, StandIn};
use super::{PUBLIC, add, ask, log, offered, say, set_up, shown, work};
use crate::people::recorded;
use crate::take::member;

#[both]
async fn each_refusal_is_told_to_the_person_and_in_the_log_and_can_be_tried_again(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let (id, _) = add(&take.owner, &tracker, "github", false).await;
    for (status, words) in [
        (401, "Make a new one there"),
        (403, "Issues: Read and write"),
        (404, "knows no acme/shop"),
        (422, "title is too long"),
        (200, "The issue may be there"),
    ] {
        // The newest line of the log is known by its time.
        app.clock.advance(Duration::from_secs(1));
        let comment = say(&take.owner, &take, "words").await;
        let body = json!({ "message": "title is too long" }).to_string();
        tracker.then(Fault::Says(status, None, body));
        ask(&take.owner, &take, &id, &comment).await;
        work(&app).await;
        let found = offered(&take.owner, &take, &comment).await;
        assert_eq!(
            found["issues"][0]["progress"], "failed",
            "{status}: {found}"
        );
        let why = found["issues"][0]["why"].as_str().unwrap();
        assert!(why.contains(words), "{status}: {why}");
        let line = &log(&take.owner, &id).await[0];
        assert_eq!(
            (&line["state"], &line["last"]["reason"]),
            (&json!("failed"), &json!(why)),
            "{status}"
        );
        // A click more asks for nothing; to try again is another button.
        assert_eq!(
            ask(&take.owner, &take, &id, &comment).await["progress"],
            "failed"
        );
        let again = json!({ "tracker": id, "comment": comment, "again": true });
        take.owner
            .post(&take.api("/issues"), &again)
            .await
            .expect(202);
        work(&app).await;
        assert_eq!(
            shown(&take.owner, &take, &comment).await.len(),
            1,
            "{status}"
        );
    }
    assert_eq!(tracker.issues().len(), 5);
}

#[both]
async fn a_tracker_that_asks_for_a_pace_is_left_alone_as_long_as_it_says(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let (id, _) = add(&take.owner, &tracker, "github", false).await;
    let body = r#"{"message":"You have exceeded a secondary rate limit"}"#.to_owned();
    tracker.then(Fault::Says(
        403,
        Some(("retry-after", "30".to_owned())),
        body,
    ));
    let comment = say(&take.owner, &take, "words").await;
    ask(&take.owner, &take, &id, &comment).await;
    work(&app).await;
    app.clock.advance(Duration::from_secs(29));
    work(&app).await;
    assert_eq!(tracker.got().len(), 1);
    app.clock.advance(Duration::from_secs(1));
    work(&app).await;
    assert_eq!(shown(&take.owner, &take, &comment).await.len(), 1);
}

#[both]
async fn only_members_who_may_comment_ask_and_only_at_their_own_trackers_or_the_servers(
    app: TestApp,
) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let (owners, _) = add(&take.owner, &tracker, "github", false).await;
    let admin = app.person("admin", Role::Admin).await;
    let (servers, _) = add(&admin, &tracker, "github", true).await;
    let mo = member(&app, "Mo").await;
    let comment = say(&mo, &take, "words").await;
    let body = |tracker: &str| json!({ "tracker": tracker, "comment": comment });
    mo.post(&take.api("/issues"), &body(&owners))
        .await
        .expect(422);
    mo.post(&take.api("/issues"), &body(&servers))
        .await
        .expect(202);
    let guest = app
        .anonymous()
        .post(&take.api("/issues"), &body(&servers))
        .await;
    assert_eq!(guest.status, StatusCode::UNAUTHORIZED);
    let offer = offered(&mo, &take, &comment).await;
    assert_eq!(offer["trackers"].as_array().unwrap().len(), 1);
    // A note of somebody else is not there.
    let note = json!({ "at_ms": 500, "body": "to myself", "visibility": "author" });
    let note: serde_json::Value = take
        .owner
        .post(&take.api("/comments"), &note)
        .await
        .expect(201)
        .json();
    let of_note = json!({ "tracker": servers, "comment": note["id"] });
    mo.post(&take.api("/issues"), &of_note).await.expect(404);
    mo.get(&take.api(&format!("/issues?comment={}", note["id"].as_str().unwrap())))
        .await
        .expect(404);
    // What may not be seen any more when it is due is not told.
    let hide = json!({ "audience": "owner" });
    take.owner
        .patch(&format!("/api/recordings/{}/sharing", take.id), &hide)
        .await
        .expect(200);
    work(&app).await;
    assert!(tracker.issues().is_empty());
    let lines = log(&admin, &servers).await;
    assert_eq!(
        (&lines[0]["state"], &lines[0]["recording"]),
        (&json!("dropped"), &json!(null))
    );
}

#[both]
async fn a_token_goes_to_no_other_server_and_a_test_makes_no_issue(app: TestApp) {
    let app = set_up(app);
    let sam = app.sam().await;
    let tracker = StandIn::start("jira").await;
    let elsewhere = StandIn::start("jira").await;
    let (id, _) = add(&sam, &tracker, "jira", false).await;
    let path = format!("/api/destinations/{id}");
    let moved = json!({ "target": { "url": elsewhere.url() } });
    sam.patch(&path, &moved).await.expect(422);
    let with_token = json!({ "target": { "url": elsewhere.url(), "token": "another" } });
    sam.patch(&path, &with_token).await.expect(200);
    sam.post(&format!("{path}/test"), &json!({}))
        .await
        .expect(202);
    work(&app).await;
    assert!(tracker.got().is_empty());
    let got = elsewhere.got();
    assert_eq!(got.len(), 1);
    assert!(got[0].path.ends_with("/rest/api/2/project/SHOP"));
    assert!(elsewhere.issues().is_empty());
    assert_eq!(log(&sam, &id).await[0]["state"], "delivered");
    let shown: serde_json::Value = sam.get("/api/destinations").await.expect(200).json();
    assert!(!shown.to_string().contains("another"));
}

#[both]
async fn where_issues_were_made_neither_address_nor_project_is_changed(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let elsewhere = StandIn::start("github").await;
    let (id, _) = add(&take.owner, &tracker, "github", false).await;
    let path = format!("/api/destinations/{id}");
    let project = |name: &str| json!({ "target": { "url": "", "project": name } });
    // One that came to nothing binds it to nothing: that is how a wrong project is put right.
    take.owner
        .patch(&path, &project("acme/shpo"))
        .await
        .expect(200);
    let comment = say(&take.owner, &take, "words").await;
    ask(&take.owner, &take, &id, &comment).await;
    work(&app).await;
    take.owner
        .patch(&path, &project("acme/shop"))
        .await
        .expect(200);
    let again = json!({ "tracker": id, "comment": comment, "again": true });
    take.owner
        .post(&take.api("/issues"), &again)
        .await
        .expect(202);
    work(&app).await;
    assert_eq!(tracker.issues().len(), 1);
    let refused: serde_json::Value = take
        .owner
        .patch(&path, &project("acme/other"))
        .await
        .expect(422)
        .json();
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("Make another integration"),
        "{refused}"
    );
    let moved = json!({ "target": { "url": elsewhere.url(), "token": "another" } });
    take.owner.patch(&path, &moved).await.expect(422);
    let renewed = json!({ "target": { "url": "", "project": "Acme/Shop", "token": "another" } });
    take.owner.patch(&path, &renewed).await.expect(200);
    // Nor while nobody knows whether one was made.
    let (other, _) = add(&take.owner, &tracker, "github", false).await;
    tracker.then(Fault::Says(503, None, "{}".to_owned()));
    ask(&take.owner, &take, &other, &comment).await;
    work(&app).await;
    take.owner
        .patch(
            &format!("/api/destinations/{other}"),
            &project("acme/other"),
        )
        .await
        .expect(422);
}

#[both]
async fn who_proved_the_password_makes_an_issue_until_it_is_changed(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let admin = app.person("admin", Role::Admin).await;
    let (id, _) = add(&admin, &tracker, "github", true).await;
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let typed = json!({ "password": "first of two" });
    take.owner.patch(&sharing, &typed).await.expect(200);
    let opened = app
        .anonymous()
        .post(&take.api("/unlock"), &typed)
        .await
        .expect(204);
    let mo = member(&app, "Mo")
        .await
        .keep_cookies(&opened)
        .without("origin");
    let one = say(&mo, &take, "one").await;
    ask(&mo, &take, &id, &one).await;
    work(&app).await;
    assert_eq!(tracker.issues().len(), 1);
    let two = say(&mo, &take, "two").await;
    ask(&mo, &take, &id, &two).await;
    let other = json!({ "password": "second of two" });
    take.owner.patch(&sharing, &other).await.expect(200);
    work(&app).await;
    assert_eq!(tracker.issues().len(), 1);
    let found = offered(&take.owner, &take, &two).await;
    assert_eq!(found["issues"][0]["progress"], "failed", "{found}");
}

#[both]
async fn nothing_is_written_to_a_project_that_is_not_the_destinations_any_more(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let (id, _) = add(&take.owner, &tracker, "github", false).await;
    let comment = say(&take.owner, &take, "words").await;
    ask(&take.owner, &take, &id, &comment).await;
    // A worker has read what to write and where, and its owner is quicker than its request.
    let resources = &app.app.resources;
    let of = DestinationId(id.parse().unwrap());
    let step = send::next(resources, &PUBLIC.parse().unwrap(), of, false).await;
    let Step::Issue(sending, in_hand) = step.unwrap() else {
        panic!("an issue is due")
    };
    let issue = in_hand.issue.unwrap();
    let change = async |project: &str| {
        let changed = json!({ "target": { "url": "", "project": project } });
        let path = format!("/api/destinations/{id}");
        take.owner.patch(&path, &changed).await.status
    };
    let begin = async || {
        let to = &sending.destination;
        let begun = resources
            .store
            .write(async |tx: &mut Tx| issues::begin(tx, resources, &issue, to).await);
        begun.await.unwrap()
    };
    assert_eq!(change("acme/other").await, StatusCode::OK);
    assert!(!begin().await);
    // It is not begun there: the project can be put right, and then it is made.
    assert_eq!(change("acme/shop").await, StatusCode::OK);
    work(&app).await;
    assert_eq!(tracker.issues().len(), 1);
    assert!(begin().await);
}

#[both]
async fn an_issue_that_was_asked_for_with_a_key_is_answered_as_the_first_time(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let (id, _) = add(&take.owner, &tracker, "github", false).await;
    let comment = say(&take.owner, &take, "words").await;
    let keyed = take.owner.clone().with("idempotency-key", "one");
    let first = ask(&keyed, &take, &id, &comment).await;
    work(&app).await;
    let path = take.api("/issues");
    let wanted = json!({ "tracker": id, "comment": comment });
    let again = keyed.post(&path, &wanted).await.expect(202);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json::<serde_json::Value>(), first);
    let other = json!({ "tracker": id, "at_ms": 500 });
    keyed
        .post(&path, &other)
        .await
        .expect_problem(ProblemCode::KeyReused);
    assert_eq!(tracker.issues().len(), 1);
}
