//! Server-sent events: everything, once, in order, and nothing to who may not hear it.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::store::events::prune;
use aside_server::store::{Store, Tx};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::event_page::{Page, from_elsewhere, next_number, say};
use crate::take::{authorization, begin, take};

#[both]
async fn an_open_page_hears_of_a_comment_as_it_is_written_changed_and_deleted(app: TestApp) {
    let take = take(&app).await;
    let mut page = Page::of(&app, &take).await;
    let mut owners = Page::open(
        &app,
        &take.api("/events"),
        Some(&take.owner.authorization()),
        None,
    )
    .await;
    let comment = say(&take.owner, &take, "hello").await;
    let path = format!("/api/comments/{}", comment["id"].as_str().unwrap());
    assert_eq!(
        owners.next_of("comment").await.data,
        comment,
        "as its author sees it"
    );
    let mut expected = comment.clone();
    expected["mine"] = json!(false);
    assert_eq!(
        page.next_of("comment").await.data,
        expected,
        "as a stranger sees it"
    );
    take.owner
        .patch(&path, &json!({ "body": "*hello*" }))
        .await
        .expect(200);
    assert_eq!(
        page.next_of("comment").await.data["html"],
        "<p><em>hello</em></p>\n"
    );
    take.owner.delete(&path).await.expect(204);
    let deleted = page.next_of("comment").await.data;
    assert_eq!(
        (
            deleted["deleted"].clone(),
            deleted["body"].clone(),
            deleted["id"].clone()
        ),
        (json!(true), json!(""), comment["id"].clone())
    );
}

#[both]
async fn what_was_edited_or_deleted_is_told_at_no_address(app: TestApp) {
    let take = take(&app).await;
    let ana = app.anonymous();
    let written = ana
        .post(
            &take.api("/comments"),
            &json!({ "at_ms": 1, "body": "my password is hunter2", "guest_name": "Ana" }),
        )
        .await
        .expect(201);
    let ana = ana.keep_cookies(&written);
    let path = format!(
        "/api/comments/{}",
        written.json::<Value>()["id"].as_str().unwrap()
    );
    ana.patch(&path, &json!({ "body": "edited hunter3" }))
        .await
        .expect(200);
    ana.patch(&path, &json!({ "body": "now harmless" }))
        .await
        .expect(200);
    let gone = say(&take.owner, &take, "deleted hunter4").await;
    take.owner
        .delete(&format!("/api/comments/{}", gone["id"].as_str().unwrap()))
        .await
        .expect(204);
    say(&take.owner, &take, "the end").await;

    for after in ["0", "1", "2"] {
        let mut page = Page::open(
            &app,
            &take.api(&format!("/events?after={after}")),
            None,
            None,
        )
        .await;
        let mut all = String::new();
        loop {
            let heard = page.next().await.unwrap();
            all += &heard.data.to_string();
            if heard.data["body"] == "the end" {
                break;
            }
        }
        assert!(
            all.contains("now harmless") && !all.contains("hunter"),
            "{all}"
        );
    }
    for address in ["", "/comments", "/transcript", "/captions.vtt"] {
        for who in [&app.anonymous(), &ana, &take.owner] {
            let text = who.get(&take.api(address)).await.expect(200).text();
            assert!(!text.contains("hunter"), "{address}: {text}");
        }
    }
    const ROWS: &str = "SELECT CAST(data AS TEXT) FROM events";
    let rows: Vec<String> = match &app.app.store {
        Store::Sqlite { read, .. } => sqlx::query_scalar(ROWS).fetch_all(read).await.unwrap(),
        Store::Postgres(pool) => sqlx::query_scalar(ROWS).fetch_all(pool).await.unwrap(),
    };
    assert!(
        rows.len() >= 6
            && rows
                .iter()
                .all(|r| !r.contains("hunter") && !r.contains("harmless")),
        "events hold no text: {rows:?}"
    );
}

#[both]
async fn who_missed_too_much_is_told_to_read_everything_anew(app: TestApp) {
    let take = take(&app).await;
    for n in 0..=1001 {
        from_elsewhere(&app, &take, n).await;
    }
    let newest = app.app.store.newest_event().await.unwrap();
    let address = |after: i64| take.api(&format!("/events?after={after}"));
    let mut page = Page::open(&app, &address(newest - 1000), None, None).await;
    assert_eq!(next_number(&mut page).await, 2, "so much is told");
    let mut page = Page::open(&app, &address(newest - 1001), None, None).await;
    let heard = page.next().await.unwrap();
    assert_eq!((heard.kind.as_str(), heard.id), ("reload", Some(newest)));
    from_elsewhere(&app, &take, 2000).await;
    assert_eq!(next_number(&mut page).await, 2000);
}

#[both]
async fn who_was_away_for_longer_than_events_are_kept_reads_everything_anew(app: TestApp) {
    let take = take(&app).await;
    let old = from_elsewhere(&app, &take, 1).await;
    from_elsewhere(&app, &take, 2).await;
    let day = Duration::from_secs(24 * 3600);
    app.clock.advance(day * 8);
    let before = app.app.now().minus(day * 7);
    let forget = async || {
        app.app
            .store
            .write(async |tx: &mut Tx| prune(tx, before).await)
            .await
            .unwrap()
    };
    assert_eq!(
        forget().await,
        1,
        "the newest stays: its number is where everybody goes on"
    );
    let new = from_elsewhere(&app, &take, 3).await;
    assert_eq!(forget().await, 1);
    let mut page = Page::open(
        &app,
        &take.api(&format!("/events?after={}", new - 1)),
        None,
        None,
    )
    .await;
    assert_eq!(next_number(&mut page).await, 3);
    let mut page = Page::open(&app, &take.api(&format!("/events?after={old}")), None, None).await;
    // Between the two numbers lay one that is forgotten.
    assert_eq!(
        page.next().await.unwrap().kind,
        if new - old > 1 { "reload" } else { "comment" }
    );
}

#[both]
async fn events_of_another_process_are_heard_too(app: TestApp) {
    let take = take(&app).await;
    let mut page = Page::of(&app, &take).await;
    let seq = from_elsewhere(&app, &take, 7).await;
    let heard = page.next_of("comment").await;
    assert_eq!(
        (heard.data["body"].as_str(), heard.id),
        (Some("7"), Some(seq))
    );
}

#[both]
async fn a_page_that_comes_back_misses_nothing_and_hears_nothing_twice(app: TestApp) {
    let take = take(&app).await;
    let elsewhere = begin(&app, take.owner.clone(), &[TrackName::Video]).await;
    let mut page = Page::of(&app, &take).await;
    say(&take.owner, &take, "0").await;
    page.next_of("comment").await;
    let last = page.last_id.clone();
    drop(page);

    // More than one page of rows, with those of another recording between.
    for n in 1..=450 {
        from_elsewhere(&app, &take, n).await;
        if n % 50 == 0 {
            from_elsewhere(&app, &elsewhere, n).await;
        }
    }
    let mut page = Page::open(&app, &take.api("/events"), None, Some(&last)).await;
    from_elsewhere(&app, &take, 451).await;
    for n in 1..=451 {
        assert_eq!(next_number(&mut page).await, n);
    }
}

#[both]
async fn a_page_hears_what_happened_between_its_first_request_and_the_stream(app: TestApp) {
    let take = take(&app).await;
    say(&take.owner, &take, "before").await;
    let last = take.watch(&app.anonymous()).await["last_event"]
        .as_i64()
        .unwrap();
    say(&take.owner, &take, "between").await;
    let mut page = Page::open(
        &app,
        &take.api(&format!("/events?after={last}")),
        None,
        None,
    )
    .await;
    assert_eq!(page.next_of("comment").await.data["body"], "between");
}

#[both]
async fn without_a_number_a_page_hears_what_happens_from_now_on(app: TestApp) {
    let take = take(&app).await;
    say(&take.owner, &take, "before").await;
    for last in [None, Some("nonsense"), Some("-5"), Some("999999999")] {
        let mut page = Page::open(&app, &take.api("/events"), None, last).await;
        say(&take.owner, &take, "now").await;
        assert_eq!(
            page.next_of("comment").await.data["body"],
            "now",
            "{last:?}"
        );
    }
}

#[both]
async fn a_page_that_heard_nothing_yet_still_comes_back_without_a_gap(app: TestApp) {
    let take = take(&app).await;
    say(&take.owner, &take, "before").await;
    let page = Page::of(&app, &take).await;
    let last = page.last_id.clone();
    drop(page);
    say(&take.owner, &take, "meanwhile").await;
    let mut page = Page::open(&app, &take.api("/events"), None, Some(&last)).await;
    assert_eq!(page.next_of("comment").await.data["body"], "meanwhile");
}

#[both]
async fn the_state_of_the_take_reaches_open_pages(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let mut page = Page::of(&app, &take).await;
    let now = page.next_of("recording").await;
    assert_eq!(
        (
            now.data["state"].clone(),
            now.data["duration_ms"].clone(),
            now.data["title"].clone()
        ),
        (json!("recording"), json!(1002), json!("Bug in <login>"))
    );

    app.clock.advance(Duration::from_secs(60));
    page.next_state("interrupted").await;
    take.send(TrackName::Video, [2]).await;
    page.next_state("recording").await;
    take.finish(3, 2).await;
    assert_eq!(page.next_state("finished").await["duration_ms"], 1500);
}

#[both]
async fn a_reader_that_is_too_slow_is_cut_off_and_catches_up(app: TestApp) {
    let take = take(&app).await;
    let mut slow = Page::of(&app, &take).await;
    slow.next_of("recording").await;
    let mut quick = Page::of(&app, &take).await;
    for n in 1..=400 {
        from_elsewhere(&app, &take, n).await;
        if n % 100 == 0 {
            app.app.events.look_for(take.id);
            for m in n - 99..=n {
                assert_eq!(next_number(&mut quick).await, m);
            }
        }
    }
    let last = slow.last_id.clone();
    let heard = slow.rest().await;
    let words: Vec<u64> = heard
        .iter()
        .filter(|h| h.kind == "comment")
        .map(|h| h.data["body"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(words, (1..=words.len() as u64).collect::<Vec<_>>());
    assert!(words.len() < 400, "it was cut off");
    let last = heard
        .iter()
        .rev()
        .find_map(|h| h.id)
        .map_or(last, |id| id.to_string());
    let mut again = Page::open(&app, &take.api("/events"), None, Some(&last)).await;
    for n in words.len() as u64 + 1..=400 {
        assert_eq!(next_number(&mut again).await, n);
    }
}

#[both]
async fn who_may_not_watch_any_more_hears_nothing_more(app: TestApp) {
    let take = take(&app).await;
    let anyone = Page::of(&app, &take).await;
    take.for_members_only().await;
    say(&take.owner, &take, "among us").await;
    let heard = anyone.rest().await;
    let kinds: Vec<&str> = heard.iter().map(|h| h.kind.as_str()).collect();
    assert!(
        kinds
            .iter()
            .all(|kind| ["recording", "reload"].contains(kind)),
        "{heard:?}"
    );
    assert_eq!(
        kinds.last(),
        Some(&"reload"),
        "the page is told to look again"
    );
    app.anonymous()
        .get(&take.api("/events"))
        .await
        .expect_problem(ProblemCode::NotFound);

    let mara = authorization(&app, "Mara").await;
    let mut page = Page::open(&app, &take.api("/events"), Some(&mara), None).await;
    say(&take.owner, &take, "welcome").await;
    assert_eq!(page.next_of("comment").await.data["body"], "welcome");
    take.trash().await;
    assert!(page.rest().await.iter().all(|h| h.kind != "comment"));
}
