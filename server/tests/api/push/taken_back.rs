//! What a browser shows is taken back when it was read elsewhere.

use std::time::Duration;

use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::service::{Browser, PushService};
use super::{DAY, SOON, hello, later, on, say, work};
use crate::people::recorded;
use crate::take::{Take, member};

const MINUTE: Duration = Duration::from_secs(60);

async fn read(take: &Take) {
    let seen = json!({ "recording_id": take.id });
    take.owner
        .post("/api/me/notices/read", &seen)
        .await
        .expect(204);
}

#[both]
async fn what_was_read_elsewhere_is_taken_back_by_a_message_that_shows_nothing(app: TestApp) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let desk = Browser::of(&service, 1);
    on(&take.owner, &desk).await;
    let mo = member(&app, "Mo").await;
    say(&mo, &take, hello()).await;
    say(&mo, &take, hello()).await;
    later(&app, SOON).await;
    let told = desk.read(&service);
    let tags: Vec<Value> = told.iter().map(|it| it["tag"].clone()).collect();
    assert_eq!(tags.len(), 2);
    assert!(told.iter().all(|it| it.get("close").is_none()), "{told:?}");
    read(&take).await;
    work(&app).await;
    assert_eq!(service.got().len(), 2, "it waits for more to be read");
    later(&app, MINUTE).await;
    let last = desk.read(&service).pop().unwrap();
    assert_eq!(last["title"], "");
    let mut closed = last["close"].as_array().unwrap().clone();
    closed.sort_by_key(Value::to_string);
    let mut wanted = tags;
    wanted.sort_by_key(Value::to_string);
    assert_eq!(closed, wanted);
    assert_eq!(service.got()[2].header("urgency"), "low");
    service.check(&app);
    later(&app, DAY).await;
    assert_eq!(service.got().len(), 3, "once");
}

#[both]
async fn browsers_are_rarely_sent_what_shows_nothing_and_what_shows_something_takes_it_along(
    app: TestApp,
) {
    let service = PushService::start().await;
    let take = recorded(&app, app.sam().await, "link").await;
    let desk = Browser::of(&service, 1);
    on(&take.owner, &desk).await;
    let mo = member(&app, "Mo").await;
    let told = async || {
        say(&mo, &take, hello()).await;
        later(&app, SOON).await;
        desk.read(&service).pop().unwrap()
    };
    told().await;
    read(&take).await;
    later(&app, MINUTE).await;
    assert_eq!(service.got().len(), 2);
    let second = told().await;
    read(&take).await;
    later(&app, MINUTE).await;
    assert_eq!(service.got().len(), 3, "one was sent a minute ago");
    let third = told().await;
    assert_eq!(third["title"], "Mo commented");
    assert_eq!(third["close"], json!([second["tag"]]));
    // A push service that does not take it ends nothing.
    read(&take).await;
    service.then(503, None);
    later(&app, DAY).await;
    assert_eq!(
        desk.read(&service).pop().unwrap()["close"],
        json!([third["tag"]])
    );
    later(&app, DAY).await;
    assert_eq!(service.got().len(), 5);
    let fourth = told().await;
    assert!(fourth.get("close").is_none(), "{fourth}");
}
