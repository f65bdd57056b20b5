//! The library: one's own recordings, their titles and audiences, the trash.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::domain::event::Change;
use aside_server::testing::{Take, TestApp};
use serde_json::{Value, json};

#[both]
async fn recordings_are_listed_newest_first_page_by_page(app: TestApp) {
    let sam = app.sam().await;
    let takes: Vec<Take> = (1..=5).map(|n| Take::new(n, 1)).collect();
    for take in &takes {
        sam.create(take).await.expect(201);
    }
    app.person("ana", Role::Member)
        .await
        .create(&Take::new(9, 1))
        .await
        .expect(201);
    let mut seen = Vec::new();
    let mut path = "/api/recordings?limit=2".to_owned();
    loop {
        let page: Value = sam.get(&path).await.expect(200).json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| c["slug"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/recordings?limit=2&before={next}");
    }
    let expected: Vec<String> = takes.iter().rev().map(|t| t.slug.to_string()).collect();
    assert_eq!(seen, expected);
}

#[both]
async fn a_take_of_a_machine_with_a_wrong_clock_stands_where_it_was_made(app: TestApp) {
    let sam = app.sam().await;
    // 1970, ten years ahead, and last week: uploading later is usual.
    let (past, future, week) = (86_400_000_000_i64, 2_082_844_800_000_000, 604_800_000_000);
    for (n, told) in [(9, future), (1, past), (5, app.app.now().micros() - week)] {
        app.clock.advance(Duration::from_secs(60));
        let take = Take::new(n, 1);
        let mut create = take.create();
        create["started_at"] = json!(told);
        sam.put(&take.path(), &create).await.expect(201);
    }
    let now = app.app.now().micros();
    let list: Value = sam.get("/api/recordings").await.expect(200).json();
    let starts: Vec<i64> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["started_at"].as_i64().unwrap())
        .collect();
    assert_eq!(
        starts,
        [
            now - 180_000_000 - week,
            now - 60_000_000,
            now - 120_000_000
        ]
    );
    let mut path = "/api/recordings?limit=1".to_owned();
    for start in starts {
        let page: Value = sam.get(&path).await.expect(200).json();
        assert_eq!(page["items"][0]["started_at"], start);
        path = format!(
            "/api/recordings?limit=1&before={}",
            page["next"].as_str().unwrap_or_default()
        );
    }
}

#[both]
async fn a_card_tells_what_is_watchable(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 5));
    sam.create(&take).await.expect(201);
    for n in [0, 1, 3] {
        sam.put_part(&take, TrackName::Video, n).await.expect(201);
    }
    let card =
        async || sam.get("/api/recordings").await.expect(200).json::<Value>()["items"][0].clone();
    assert_eq!(card().await["duration_ms"], 2000, "up to the hole");
    sam.put_part(&take, TrackName::Video, 2).await.expect(201);
    let seen = card().await;
    assert_eq!(
        (&seen["duration_ms"], &seen["state"]),
        (&json!(4000), &json!("recording"))
    );
    assert_eq!(seen["url"], format!("http://aside.test/w/{}", take.slug));
    assert_eq!(
        (
            &seen["title"],
            &seen["audience"],
            &seen["poster_url"],
            &seen["comments"]
        ),
        (
            &json!("Bug in login"),
            &json!("link"),
            &Value::Null,
            &json!(0)
        )
    );
    assert_eq!(seen["owner"]["name"], "sam");
    for track in [TrackName::Video, TrackName::Audio] {
        for n in 0..5 {
            let status = sam.put_part(&take, track, n).await.status;
            assert!(status == 200 || status == 201);
        }
    }
    sam.finish(&take).await.expect(200);
    assert_eq!(card().await["duration_ms"], 5000);
    assert_eq!(card().await["state"], "finished");
}

#[both]
async fn the_owner_renames_and_restricts_and_open_pages_hear_of_it(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let card: Value = sam
        .patch(&take.path(), &json!({ "title": "  New \n name " }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&card["title"], &card["audience"]),
        (&json!("New name"), &json!("link"))
    );
    let card: Value = sam
        .patch(&take.path(), &json!({ "audience": "members" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&card["title"], &card["audience"]),
        (&json!("New name"), &json!("members"))
    );
    let news = app
        .app
        .store
        .recording_events_after(take.id, 0, 10)
        .await
        .unwrap();
    assert_eq!(
        news.iter().map(|e| e.change).collect::<Vec<_>>(),
        [Change::Recording, Change::Sharing, Change::Recording].map(Some)
    );
    sam.create(&take).await.expect(200);
    let list: Value = sam.get("/api/recordings").await.json();
    assert_eq!(
        list["items"][0]["title"], "New name",
        "a recorder that comes back does not take the name away"
    );
}

#[both]
async fn a_change_of_the_title_never_undoes_a_change_of_the_audience(app: TestApp) {
    let sam = app.sam().await;
    let take = Take::new(1, 1);
    sam.create(&take).await.expect(201);
    for round in 0..10 {
        let (title, audience) = (
            format!("title {round}"),
            if round % 2 == 0 { "members" } else { "link" },
        );
        let (title_change, audience_change) =
            (json!({ "title": title }), json!({ "audience": audience }));
        let path = take.path();
        let (a, b) = tokio::join!(
            sam.patch(&path, &title_change),
            sam.patch(&path, &audience_change)
        );
        a.expect(200);
        b.expect(200);
        let card: Value = sam.patch(&path, &json!({})).await.expect(200).json();
        assert_eq!(
            (card["title"].as_str(), card["audience"].as_str()),
            (Some(title.as_str()), Some(audience))
        );
    }
}

#[both]
async fn of_two_that_change_one_recording_the_second_is_told_and_overwrites_nothing(app: TestApp) {
    let sam = app.sam().await;
    let take = Take::new(1, 1);
    sam.create(&take).await.expect(201);
    let card: Value = sam
        .patch(&take.path(), &json!({ "title": "a" }))
        .await
        .expect(200)
        .json();
    let at = |version: &Value| sam.clone().with("if-match", &format!("\"{version}\""));
    at(&card["version"])
        .patch(&take.path(), &json!({ "audience": "members" }))
        .await
        .expect(200);
    at(&card["version"])
        .patch(&take.path(), &json!({ "audience": "link" }))
        .await
        .expect_problem(ProblemCode::VersionConflict);
    let card: Value = sam.patch(&take.path(), &json!({})).await.expect(200).json();
    assert_eq!(card["audience"], "members");
}

#[both]
async fn a_change_that_makes_no_sense_is_refused(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    for bad in [
        json!({ "title": "x".repeat(201) }),
        json!({ "audience": "world" }),
        json!({ "owner": "me" }),
    ] {
        sam.patch(&take.path(), &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    sam.get("/api/recordings?limit=x")
        .await
        .expect_problem(ProblemCode::BadRequest);
    sam.get("/api/recordings?before=x")
        .await
        .expect_problem(ProblemCode::BadRequest);
}

#[both]
async fn nobody_changes_what_belongs_to_somebody_else(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let boss = app.person("boss", Role::Owner).await;
    boss.patch(&take.path(), &json!({ "title": "mine" }))
        .await
        .expect_problem(ProblemCode::Forbidden);
    boss.delete(&take.path())
        .await
        .expect_problem(ProblemCode::Forbidden);
    app.anonymous()
        .delete(&take.path())
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    app.anonymous()
        .get("/api/recordings")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    assert_eq!(
        sam.get("/api/recordings").await.json::<Value>()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[both]
async fn the_trash_hides_and_gives_back(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.upload(&take).await;
    sam.delete(&take.path()).await.expect(204);
    sam.delete(&take.path()).await.expect(204);
    assert_eq!(
        sam.get("/api/recordings").await.json::<Value>()["items"],
        json!([])
    );
    sam.patch(&take.path(), &json!({ "title": "x" }))
        .await
        .expect_problem(ProblemCode::Gone);
    sam.post(&format!("{}/restore", take.path()), &json!({}))
        .await
        .expect(204);
    sam.finish(&take).await.expect(200);
    assert_eq!(
        sam.get("/api/recordings").await.json::<Value>()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[both]
async fn the_trash_lists_the_newest_deletion_first_page_by_page(app: TestApp) {
    let sam = app.sam().await;
    let takes: Vec<Take> = (1..=5).map(|n| Take::new(n, 1)).collect();
    for take in &takes {
        sam.create(take).await.expect(201);
    }
    let theirs = Take::new(9, 1);
    let ana = app.person("ana", Role::Member).await;
    ana.create(&theirs).await.expect(201);
    ana.delete(&theirs.path()).await.expect(204);
    assert_eq!(
        sam.get("/api/trash").await.expect(200).json::<Value>(),
        json!({ "items": [], "next": null })
    );
    // 2 stays; 4 and 5 are deleted in the same microsecond.
    for (n, seconds) in [(3, 1), (1, 1), (5, 1), (4, 0)] {
        app.clock.advance(Duration::from_secs(seconds));
        sam.delete(&takes[n - 1].path()).await.expect(204);
    }
    let mut seen = Vec::new();
    let mut path = "/api/trash?limit=1".to_owned();
    loop {
        let page: Value = sam.get(&path).await.expect(200).json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|c| c["slug"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/trash?limit=1&before={next}");
    }
    let slugs: Vec<String> = [5, 4, 1, 3]
        .iter()
        .map(|n: &usize| takes[n - 1].slug.to_string())
        .collect();
    assert_eq!(seen, slugs);
    let first: Value = sam.get("/api/trash").await.expect(200).json();
    assert_eq!(first["items"][0]["deleted_at"], json!(app.app.now()));

    sam.post(&format!("{}/restore", takes[4].path()), &json!({}))
        .await
        .expect(204);
    let left: Value = sam.get("/api/trash").await.expect(200).json();
    assert_eq!(
        left["items"].as_array().unwrap().len(),
        3,
        "what was restored is not in the trash"
    );
    for bad in ["x", "1", "1.x", ".", "99999999999999999999.0198"] {
        sam.get(&format!("/api/trash?before={bad}"))
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    app.anonymous()
        .get("/api/trash")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn only_the_owner_finds_a_trashed_recording_by_its_link(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let (ana, boss) = (
        app.person("ana", Role::Member).await,
        app.person("boss", Role::Owner).await,
    );
    let trashed = format!("/api/trash/{}", take.slug);
    for client in [&sam, &ana] {
        client
            .get(&trashed)
            .await
            .expect_problem(ProblemCode::NotFound);
    }
    sam.delete(&take.path()).await.expect(204);
    let card: Value = sam.get(&trashed).await.expect(200).json();
    assert_eq!(
        (&card["title"], &card["id"]),
        (&json!("Bug in login"), &json!(take.id))
    );
    for client in [&ana, &boss] {
        client
            .get(&trashed)
            .await
            .expect_problem(ProblemCode::NotFound);
    }
    app.anonymous()
        .get(&trashed)
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    sam.get("/api/trash/short")
        .await
        .expect_problem(ProblemCode::NotFound);
    sam.post(&format!("{}/restore", take.path()), &json!({}))
        .await
        .expect(204);
    sam.get(&trashed)
        .await
        .expect_problem(ProblemCode::NotFound);
}
