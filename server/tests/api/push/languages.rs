//! A browser is told in the language of its person.

use std::time::Duration;

use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::json;

use super::service::{Browser, PushService};
use super::{SOON, hello, later, on, say, set};
use crate::people::recorded;
use crate::take::member;

#[both]
async fn who_reads_german_is_told_in_german_alone_together_and_in_short(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let desk = Browser::of(&service, 1);
    on(&take.owner, &desk).await;
    let german = json!({ "language": "de" });
    take.owner
        .patch("/api/me/profile", &german)
        .await
        .expect(204);
    let mo = member(&app, "Mo").await;
    say(&mo, &take, hello()).await;
    later(&app, SOON).await;
    let told = desk.read(&service);
    let [one] = &told[..] else { panic!("{told:?}") };
    assert_eq!(one["title"], "Mo hat kommentiert");
    assert_eq!(one["body"], "Bug in <login> bei 0:00\nhello");
    service.takes_at_most(500);
    let long = json!({ "at_ms": 0, "body": "word ".repeat(100) });
    say(&mo, &take, long).await;
    later(&app, SOON).await;
    let told = desk.read(&service);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[2]["title"], "Neues für dich");
    service.takes_at_most(4_096);
    set(&take.owner, |it| {
        it["zone"] = json!("Europe/Berlin");
        it["quiet"] = json!({ "from": 22 * 60, "to": 8 * 60 });
    })
    .await;
    for _ in 0..2 {
        say(&mo, &take, hello()).await;
    }
    later(&app, Duration::from_secs(8 * 3600)).await;
    let told = desk.read(&service);
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[3]["title"], "2 Neuigkeiten für dich");
}
