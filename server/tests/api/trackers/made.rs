//! A comment becomes an issue, once.

use std::time::Duration;

use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::stand_in::{Fault, StandIn};
use super::{KINDS, add, ask, log, offered, say, set_up, shown, work};
use crate::people::recorded;
use crate::take::member;

#[both]
async fn a_comment_becomes_an_issue_of_each_tracker_and_its_state_stands_at_the_thread(
    app: TestApp,
) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    for kind in KINDS {
        let tracker = StandIn::start(kind).await;
        let (id, _) = add(&mo, &tracker, kind, false).await;
        let comment = say(&mo, &take, "@everyone the **button** is cut off").await;
        let asked = ask(&mo, &take, &id, &comment).await;
        assert_eq!(asked["progress"], "waiting", "{kind}");
        // Asked for again it is the same.
        assert_eq!(
            ask(&mo, &take, &id, &comment).await["id"],
            asked["id"],
            "{kind}"
        );
        work(&app).await;
        assert_eq!(
            ask(&mo, &take, &id, &comment).await["progress"],
            "made",
            "{kind}"
        );
        work(&app).await;
        let issues = tracker.issues();
        let [issue] = &issues[..] else {
            panic!("{kind}: {issues:?}")
        };
        assert!(
            issue.title.ends_with("everyone the button is cut off"),
            "{kind}: {}",
            issue.title
        );
        assert!(
            !issue.title.contains("@everyone") && !issue.body.contains("@everyone"),
            "{kind}"
        );
        assert!(
            issue
                .body
                .contains(&format!("https://aside.test/w/{}", take.slug)),
            "{kind}: {}",
            issue.body
        );
        assert!(
            issue.body.contains("Mo") && issue.body.contains("Bug in"),
            "{kind}: {}",
            issue.body
        );
        let link = shown(&take.owner, &take, &comment).await;
        let state = match kind {
            "jira" => "To Do",
            "linear" => "Backlog",
            _ => "open",
        };
        assert_eq!(
            (&link[0]["name"], &link[0]["state"]),
            (&json!(tracker.first()), &json!(state)),
            "{kind}"
        );
        // Who has no account does not learn of it.
        assert!(
            shown(&app.anonymous(), &take, &comment).await.is_empty(),
            "{kind}"
        );
        // Where no webhook comes it is asked.
        tracker.close("2026-01-01T00:04:00Z");
        app.clock.advance(Duration::from_secs(301));
        work(&app).await;
        let link = shown(&take.owner, &take, &comment).await;
        assert_eq!(link[0]["closed"], true, "{kind}: {link:?}");
        for got in tracker.got() {
            let token = match kind {
                "github" => ("authorization", "Bearer lin_api_hush"),
                "gitlab" => ("private-token", "lin_api_hush"),
                "jira" => (
                    "authorization",
                    "Basic c2FtQGV4YW1wbGUub3JnOmxpbl9hcGlfaHVzaA==",
                ),
                _ => ("authorization", "lin_api_hush"),
            };
            assert_eq!(got.header(token.0), token.1, "{kind}");
        }
        assert_eq!(log(&mo, &id).await[0]["state"], "delivered", "{kind}");
    }
}

#[both]
async fn an_issue_whose_answer_was_lost_is_found_and_not_made_again(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    for kind in KINDS {
        let tracker = StandIn::start(kind).await;
        let (id, _) = add(&take.owner, &tracker, kind, false).await;
        let comment = say(&take.owner, &take, "words").await;
        if kind == "linear" {
            // The team is asked for first.
            tracker.then(Fault::Says(
                200,
                None,
                r#"{"data":{"teams":{"nodes":[{"id":"team-1"}]}}}"#.to_owned(),
            ));
        }
        tracker.then(Fault::Lost);
        ask(&take.owner, &take, &id, &comment).await;
        work(&app).await;
        assert_eq!(tracker.issues().len(), 1, "{kind}");
        let waits = offered(&take.owner, &take, &comment).await;
        assert_eq!(waits["issues"][0]["progress"], "waiting", "{kind}: {waits}");
        let why = waits["issues"][0]["why"].as_str().unwrap();
        assert!(
            why.contains("does not work at the moment (500)"),
            "{kind}: {why}"
        );
        app.clock.advance(Duration::from_secs(6));
        work(&app).await;
        assert_eq!(tracker.issues().len(), 1, "{kind}");
        let link = shown(&take.owner, &take, &comment).await;
        assert_eq!(link[0]["name"], tracker.first(), "{kind}");
    }
}

#[both]
async fn two_clicks_at_once_make_one_issue(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("github").await;
    let (id, _) = add(&take.owner, &tracker, "github", false).await;
    let comment = say(&take.owner, &take, "words").await;
    let (one, two) = tokio::join!(
        ask(&take.owner, &take, &id, &comment),
        ask(&take.owner, &take, &id, &comment)
    );
    assert_eq!(one["id"], two["id"]);
    work(&app).await;
    assert_eq!(tracker.issues().len(), 1);
    assert_eq!(log(&take.owner, &id).await.len(), 1);
}

#[both]
async fn a_moment_becomes_an_issue_of_its_own_and_every_other_tracker_gets_the_words(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    let tracker = StandIn::start("gitlab").await;
    let (id, _) = add(&take.owner, &tracker, "gitlab", false).await;
    let mark = json!({ "at_ms": 400, "title": "Open the cart" });
    take.owner
        .post(&take.api("/marks"), &mark)
        .await
        .expect(201);
    for at_ms in [0, 1500, 1700] {
        let body = json!({ "tracker": id, "at_ms": at_ms });
        take.owner
            .post(&take.api("/issues"), &body)
            .await
            .expect(202);
    }
    work(&app).await;
    let titles: Vec<String> = tracker.issues().into_iter().map(|it| it.title).collect();
    assert_eq!(titles, ["Bug in <login>", "Bug in <login>, at 0:01"]);
    let words: Value = app
        .anonymous()
        .get(&take.api("/issues?at_ms=1500"))
        .await
        .expect(200)
        .json();
    assert_eq!(words["title"], "Bug in <login>, at 0:01");
    let text = words["markdown"].as_str().unwrap();
    assert!(
        text.contains(&format!("(https://aside.test/w/{}?t=1)", take.slug)),
        "{text}"
    );
    assert!(
        text.contains("Open the cart") && text.contains(r"Bug in \<login\>"),
        "{text}"
    );
    assert_eq!(
        (&words["trackers"], &words["issues"]),
        (&json!([]), &json!([]))
    );
}

#[both]
async fn what_was_delivered_and_is_sent_once_more_makes_no_second_issue(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    for kind in KINDS {
        let tracker = StandIn::start(kind).await;
        let (id, _) = add(&take.owner, &tracker, kind, false).await;
        let comment = say(&take.owner, &take, "words").await;
        ask(&take.owner, &take, &id, &comment).await;
        work(&app).await;
        let on = match kind {
            "github" | "gitlab" => {
                json!({ "kind": kind, "project": tracker.project(), "issue": "1" })
            }
            _ => json!({ "kind": kind, "project": "", "issue": "SHOP-1" }),
        };
        let link = format!("/api/recordings/{}/issue-link", take.id);
        take.owner.post(&link, &on).await.expect(202);
        work(&app).await;
        let asked = tracker.got().len();
        let lines = log(&take.owner, &id).await;
        assert_eq!(lines.len(), 2, "{kind}: {lines:?}");
        for line in lines {
            assert_eq!(line["state"], "delivered", "{kind}: {line}");
            let one = json!({ "delivery": line["id"] });
            take.owner
                .post(&format!("/api/destinations/{id}/replay"), &one)
                .await
                .expect(202);
            work(&app).await;
        }
        assert_eq!(tracker.got().len(), asked + 2, "{kind}: each asks once");
        let issues = tracker.issues();
        assert_eq!(issues.len(), 1, "{kind}: {issues:?}");
        assert_eq!(issues[0].remarks.len(), 1, "{kind}");
        for line in log(&take.owner, &id).await {
            assert_eq!(line["state"], "delivered", "{kind}: {line}");
        }
        take.owner
            .delete(&format!("/api/destinations/{id}"))
            .await
            .expect(204);
    }
}

#[both]
async fn after_a_pause_or_a_deletion_it_is_asked_again_how_issues_stand(app: TestApp) {
    let app = set_up(app);
    let take = recorded(&app, app.sam().await, "link").await;
    for deleted in [false, true] {
        let tracker = StandIn::start("github").await;
        let (id, _) = add(&take.owner, &tracker, "github", false).await;
        let path = format!("/api/destinations/{id}");
        let comment = say(&take.owner, &take, "words").await;
        ask(&take.owner, &take, &id, &comment).await;
        work(&app).await;
        match deleted {
            true => take.owner.delete(&path).await.expect(204),
            false => {
                let pause = json!({ "paused": true });
                take.owner.patch(&path, &pause).await.expect(200)
            }
        };
        // The round that was due finds that nothing is to be asked, and none follows it.
        let before = tracker.got().len();
        for _ in 0..3 {
            app.clock.advance(Duration::from_secs(301));
            work(&app).await;
        }
        assert_eq!(tracker.got().len(), before);
        match deleted {
            true => take
                .owner
                .post(&format!("{path}/restore"), &json!({}))
                .await
                .expect(200),
            false => {
                let go_on = json!({ "paused": false });
                take.owner.patch(&path, &go_on).await.expect(200)
            }
        };
        work(&app).await;
        tracker.close("2026-01-01T01:00:00Z");
        app.clock.advance(Duration::from_secs(301));
        work(&app).await;
        let link = shown(&take.owner, &take, &comment).await;
        assert_eq!(link[0]["closed"], true, "deleted: {deleted}, {link:?}");
    }
}
