//! A destination gets what its person may see, asked again when it is sent; the server's gets what every member may see.

use std::time::Duration;

use aside_server::domain::account::Role;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::json;

use super::receiver::Receiver;
use super::{add, log, new, say, set_up, work};
use crate::people::recorded;
use crate::take::member;

#[both]
async fn nobody_is_told_of_what_they_may_not_see(app: TestApp) {
    let app = set_up(app);
    let (own, other, server) = (
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
    );
    let take = recorded(&app, app.sam().await, "owner").await;
    let mo = member(&app, "Mo").await;
    let admin = app.person("admin", Role::Admin).await;
    add(&take.owner, &new("webhook", &own.url())).await;
    let (mos, _) = add(&mo, &new("webhook", &other.url())).await;
    let mut of_server = new("webhook", &server.url());
    of_server["server"] = json!(true);
    add(&admin, &of_server).await;
    say(&take.owner, &take, "for me alone").await;
    work(&app).await;
    assert_eq!(
        [own.got().len(), other.got().len(), server.got().len()],
        [1, 0, 0]
    );
    assert_eq!(
        log(&mo, &mos).await.len(),
        0,
        "nor does the log say that there is something"
    );
    let path = format!("/api/recordings/{}/sharing", take.id);
    let members = json!({ "audience": "members" });
    take.owner.patch(&path, &members).await.expect(200);
    say(&take.owner, &take, "for all").await;
    work(&app).await;
    assert_eq!(
        [own.got().len(), other.got().len(), server.got().len()],
        [2, 1, 1]
    );
    // Between the deed and the sending it was closed again.
    app.clock.advance(Duration::from_secs(1));
    say(&take.owner, &take, "too late").await;
    let owner = json!({ "audience": "owner" });
    take.owner.patch(&path, &owner).await.expect(200);
    work(&app).await;
    assert_eq!(
        [own.got().len(), other.got().len(), server.got().len()],
        [3, 1, 1]
    );
    let lines = log(&mo, &mos).await;
    assert_eq!(lines[0]["state"], "dropped");
    assert!(
        lines.iter().all(|it| it["recording"].is_null()),
        "{lines:?}"
    );
}

#[both]
async fn a_private_note_is_sent_to_its_author_alone_and_what_was_deleted_to_nobody(app: TestApp) {
    let app = set_up(app);
    let (sams, mos) = (Receiver::start().await, Receiver::start().await);
    let take = recorded(&app, app.sam().await, "link").await;
    let mo = member(&app, "Mo").await;
    add(&take.owner, &new("webhook", &sams.url())).await;
    add(&mo, &new("webhook", &mos.url())).await;
    let note = json!({ "at_ms": 0, "body": "mine", "visibility": "author" });
    mo.post(&take.api("/comments"), &note).await.expect(201);
    work(&app).await;
    assert_eq!([sams.got().len(), mos.got().len()], [0, 1]);
    let id = say(&mo, &take, "a slip").await;
    mo.delete(&format!("/api/comments/{id}")).await.expect(204);
    work(&app).await;
    assert_eq!([sams.got().len(), mos.got().len()], [0, 1]);
}

#[both]
async fn a_rule_tells_of_what_it_names(app: TestApp) {
    let app = set_up(app);
    let sam = app.sam().await;
    let (mine, chosen, inbox) = (
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
    );
    let take = recorded(&app, sam.clone(), "link").await;
    let mo = member(&app, "Mo").await;
    let other = recorded(&app, mo.clone(), "link").await;
    let with = |url: &str, rule: serde_json::Value| {
        let mut body = new("webhook", url);
        body["rule"] = rule;
        body
    };
    let events = json!(["comment.created"]);
    add(
        &sam,
        &with(&mine.url(), json!({ "events": events, "places": "mine" })),
    )
    .await;
    let rule = json!({ "events": events, "places": "chosen", "chosen": [other.id] });
    add(&sam, &with(&chosen.url(), rule)).await;
    add(
        &sam,
        &with(&inbox.url(), json!({ "events": events, "places": "inbox" })),
    )
    .await;
    say(&sam, &take, "my own deed").await;
    say(&mo, &take, "an answer").await;
    say(&mo, &other, "elsewhere").await;
    work(&app).await;
    assert_eq!(
        [mine.got().len(), chosen.got().len(), inbox.got().len()],
        [2, 1, 1]
    );
    assert_eq!(
        inbox.got()[0].json()["data"]["comment"]["text"],
        "an answer"
    );
    // What one may not see cannot be chosen, and is not said to be there.
    let secret = recorded(&app, mo, "owner").await;
    let rule = json!({ "events": events, "places": "chosen", "chosen": [secret.id] });
    let refused = with(&chosen.url(), rule);
    sam.post("/api/destinations", &refused).await.expect(422);
}

#[both]
async fn a_destination_is_its_persons_and_the_servers_its_admins(app: TestApp) {
    let app = set_up(app);
    let (sam, mo) = (app.sam().await, member(&app, "Mo").await);
    let admin = app.person("admin", Role::Admin).await;
    let url = "https://example.org/";
    let mut of_server = new("webhook", url);
    of_server["server"] = json!(true);
    sam.post("/api/destinations", &of_server).await.expect(403);
    sam.get("/api/destinations?server=true").await.expect(403);
    let (servers, _) = add(&admin, &of_server).await;
    let (sams, _) = add(&sam, &new("webhook", url)).await;
    for (who, id) in [(&mo, &sams), (&admin, &sams), (&sam, &servers)] {
        let path = format!("/api/destinations/{id}");
        let pause = json!({ "paused": true });
        who.patch(&path, &pause).await.expect(404);
        who.delete(&path).await.expect(404);
        who.get(&format!("{path}/deliveries")).await.expect(404);
        for act in ["secret", "test", "restore"] {
            who.post(&format!("{path}/{act}"), &json!({}))
                .await
                .expect(404);
        }
        let all = json!({ "failed_since": 0 });
        who.post(&format!("{path}/replay"), &all).await.expect(404);
    }
    app.anonymous().get("/api/destinations").await.expect(401);
}
