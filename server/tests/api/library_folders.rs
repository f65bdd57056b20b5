//! Folders, tags, several recordings at once, sorted and filtered lists, and the end of the trash.

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::domain::library::TRASH_KEPT_FOR;
use aside_server::service::recordings::empty_trash;
use aside_server::testing::{Client, Take, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Slugs of a list, page by page.
async fn slugs(client: &Client, query: &str) -> Vec<String> {
    let mut slugs = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("/api/recordings?limit=2&{query}{before}");
        let page: Value = client.get(&path).await.expect(200).json();
        for card in page["items"].as_array().unwrap() {
            slugs.push(card["slug"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return slugs,
        }
    }
}

fn names(takes: &[&Take]) -> Vec<String> {
    takes.iter().map(|take| take.slug.to_string()).collect()
}

async fn folder(client: &Client, name: &str, parent: Option<&str>) -> String {
    let new = json!({ "name": name, "parent_id": parent });
    let made: Value = client.post("/api/folders", &new).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// Finished takes of so many seconds, a minute apart, with these titles.
async fn finished(app: &TestApp, sam: &Client, takes: &[(u32, &str)]) -> Vec<Take> {
    let mut made = Vec::new();
    for (n, (seconds, title)) in (1..).zip(takes) {
        app.clock.advance(MINUTE);
        let take = Take::new(n, *seconds);
        sam.upload(&take).await;
        sam.finish(&take).await.expect(200);
        sam.patch(&take.path(), &json!({ "title": title }))
            .await
            .expect(200);
        made.push(take);
    }
    made
}

#[both]
async fn lists_are_sorted_and_filtered_page_by_page(app: TestApp) {
    let sam = app.sam().await;
    let takes = finished(
        &app,
        &sam,
        &[(3, "beta"), (1, "Alpha"), (2, "gamma"), (2, "delta")],
    )
    .await;
    let [b, a, g, d] = &takes[..] else { panic!() };
    assert_eq!(slugs(&sam, "").await, names(&[d, g, a, b]));
    assert_eq!(slugs(&sam, "sort=oldest").await, names(&[b, a, g, d]));
    assert_eq!(slugs(&sam, "sort=title").await, names(&[a, b, d, g]));
    let longest = slugs(&sam, "sort=longest").await;
    assert_eq!(
        (&longest[0], &longest[3]),
        (&b.slug.to_string(), &a.slug.to_string())
    );
    let mut shortest = slugs(&sam, "sort=shortest").await;
    shortest.reverse();
    assert_eq!(shortest, longest);
    assert_eq!(slugs(&sam, "min_ms=2000&max_ms=2999").await, names(&[d, g]));
    let at = app.app.now().micros() - 90_000_000;
    assert_eq!(slugs(&sam, &format!("since={at}")).await, names(&[d, g]));
    assert_eq!(slugs(&sam, &format!("until={at}")).await, names(&[a, b]));

    let running = Take::new(9, 2);
    sam.create(&running).await.expect(201);
    sam.put_part(&running, TrackName::Video, 0)
        .await
        .expect(201);
    assert_eq!(slugs(&sam, "state=live").await, names(&[&running]));
    assert_eq!(slugs(&sam, "state=finished").await.len(), 4);
    app.clock.advance(MINUTE * 2);
    assert_eq!(slugs(&sam, "state=live").await, names(&[]));
    assert_eq!(slugs(&sam, "state=interrupted").await, names(&[&running]));
    for wrong in ["sort=best", "folder=x", "state=odd", "tag=", "limit=x"] {
        let status = sam.get(&format!("/api/recordings?{wrong}")).await.status;
        assert!(status == 422 || status == 400, "{wrong}: {status}");
    }
}

#[both]
async fn recordings_lie_in_folders_that_are_nested_moved_and_removed_when_empty(app: TestApp) {
    let sam = app.sam().await;
    let takes = finished(&app, &sam, &[(1, "a"), (1, "b")]).await;
    let [a, b] = &takes[..] else { panic!() };
    let work = folder(&sam, "Work", None).await;
    let bugs = folder(&sam, " Bugs ", Some(&work)).await;
    let move_to = json!({ "ids": [a.id, b.id], "move_to": { "folder_id": bugs } });
    sam.post("/api/library/change", &move_to).await.expect(204);
    assert_eq!(slugs(&sam, &format!("folder={bugs}")).await, names(&[b, a]));
    assert_eq!(slugs(&sam, &format!("folder={work}")).await, names(&[]));
    assert_eq!(slugs(&sam, "folder=top").await, names(&[]));
    let library: Value = sam.get("/api/library").await.expect(200).json();
    let mut folders = library["folders"].clone();
    for folder in folders.as_array_mut().unwrap() {
        let folder = folder.as_object_mut().unwrap();
        // What is told of whom it is for is tested with sharing.
        folder.retain(|name, _| !["audience", "etag", "shared_by"].contains(&name.as_str()));
    }
    assert_eq!(
        folders,
        json!([
            { "id": bugs, "parent_id": work, "name": "Bugs", "retention": null, "recordings": 2 },
            { "id": work, "parent_id": null, "name": "Work", "retention": null, "recordings": 0 },
        ])
    );

    // Not into itself, nor into what lies in it; not into what is not there.
    let patch = async |id: &str, to: Value| {
        let change = json!({ "move_to": { "folder_id": to } });
        sam.patch(&format!("/api/folders/{id}"), &change).await
    };
    for into in [&work, &bugs] {
        patch(&work, json!(into))
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    patch(&bugs, Value::Null).await.expect(200);
    patch(&work, json!(bugs)).await.expect(200);

    for path in [&work, &bugs] {
        let removed = sam.delete(&format!("/api/folders/{path}")).await.status;
        assert_eq!(removed, if path == &work { 204 } else { 422 });
    }
    let out = json!({ "ids": [a.id, b.id], "move_to": { "folder_id": null } });
    sam.post("/api/library/change", &out).await.expect(204);
    assert_eq!(slugs(&sam, "folder=top").await, names(&[b, a]));
    sam.delete(&format!("/api/folders/{bugs}"))
        .await
        .expect(204);
    sam.delete(&format!("/api/folders/{bugs}"))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn of_two_moves_that_would_make_a_circle_one_is_refused(app: TestApp) {
    let sam = app.sam().await;
    for round in 0..5 {
        let (a, b) = (
            folder(&sam, &format!("a{round}"), None).await,
            folder(&sam, &format!("b{round}"), None).await,
        );
        let into = |to: &str| json!({ "move_to": { "folder_id": to } });
        let (to_b, to_a) = (into(&b), into(&a));
        let (path_a, path_b) = (format!("/api/folders/{a}"), format!("/api/folders/{b}"));
        let (one, two) = tokio::join!(sam.patch(&path_a, &to_b), sam.patch(&path_b, &to_a));
        let mut both = [one.status.as_u16(), two.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 422]);
    }
}

#[both]
async fn tags_are_added_and_removed_at_several_at_once(app: TestApp) {
    let sam = app.sam().await;
    let takes = finished(&app, &sam, &[(1, "a"), (1, "b"), (1, "c")]).await;
    let [a, b, c] = &takes[..] else { panic!() };
    let change = async |change: Value| sam.post("/api/library/change", &change).await;
    change(json!({ "ids": [a.id, b.id], "add_tags": [" Bug ", "bug", "ui"] }))
        .await
        .expect(204);
    change(json!({ "ids": [b.id, c.id], "remove_tags": ["UI"] }))
        .await
        .expect(204);
    assert_eq!(slugs(&sam, "tag=BUG").await, names(&[b, a]));
    assert_eq!(slugs(&sam, "tag=ui").await, names(&[a]));
    let library: Value = sam.get("/api/library").await.expect(200).json();
    let tags = json!([{ "tag": "bug", "recordings": 2 }, { "tag": "ui", "recordings": 1 }]);
    assert_eq!(library["tags"], tags);
    let many: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    change(json!({ "ids": [c.id, a.id], "add_tags": many }))
        .await
        .expect_problem(ProblemCode::Invalid);
    assert_eq!(slugs(&sam, "tag=7").await, names(&[]), "all or none");
    for bad in ["", "\u{200b}", &"x".repeat(41)] {
        change(json!({ "ids": [c.id], "add_tags": [bad] }))
            .await
            .expect_problem(ProblemCode::Invalid);
    }
}

#[both]
async fn another_persons_folders_and_recordings_are_closed(app: TestApp) {
    let sam = app.sam().await;
    let takes = finished(&app, &sam, &[(1, "a")]).await;
    let own = folder(&sam, "Sam's", None).await;
    let mo = app.person("mo", Role::Member).await;
    let theirs = Take::new(7, 1);
    mo.upload(&theirs).await;
    mo.patch(&format!("/api/folders/{own}"), &json!({ "name": "x" }))
        .await
        .expect_problem(ProblemCode::NotFound);
    mo.delete(&format!("/api/folders/{own}"))
        .await
        .expect_problem(ProblemCode::NotFound);
    mo.post(
        "/api/folders",
        &json!({ "name": "in it", "parent_id": own }),
    )
    .await
    .expect_problem(ProblemCode::Invalid);
    let into = json!({ "ids": [theirs.id], "move_to": { "folder_id": own } });
    mo.post("/api/library/change", &into)
        .await
        .expect_problem(ProblemCode::Invalid);
    let both = json!({ "ids": [theirs.id, takes[0].id], "trashed": true });
    mo.post("/api/library/change", &both)
        .await
        .expect_problem(ProblemCode::Forbidden);
    assert_eq!(slugs(&mo, "").await, names(&[&theirs]), "all or none");
    assert_eq!(
        mo.get(&format!("/api/recordings?folder={own}"))
            .await
            .expect(200)
            .json::<Value>()["items"],
        json!([])
    );
}

#[both]
async fn after_thirty_days_in_the_trash_a_recording_is_gone_for_good_and_until_then_restorable(
    app: TestApp,
) {
    let sam = app.sam().await;
    let takes = finished(&app, &sam, &[(2, "a"), (1, "b")]).await;
    let [a, b] = &takes[..] else { panic!() };
    let change = json!({ "ids": [a.id, b.id], "trashed": true });
    sam.post("/api/library/change", &change).await.expect(204);
    let list: Value = sam.get("/api/trash").await.expect(200).json();
    let (deleted, kept) = (
        &list["items"][0]["deleted_at"],
        &list["items"][0]["kept_until"],
    );
    assert_eq!(
        kept.as_i64().unwrap() - deleted.as_i64().unwrap(),
        30 * 86_400_000_000
    );

    app.clock.advance(TRASH_KEPT_FOR);
    assert_eq!(empty_trash(&app.app, 10).await.unwrap(), 0, "to the second");
    let restored = json!({ "ids": [b.id], "trashed": false });
    sam.post("/api/library/change", &restored).await.expect(204);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(empty_trash(&app.app, 10).await.unwrap(), 1);
    assert_eq!(empty_trash(&app.app, 10).await.unwrap(), 0);

    assert_eq!(slugs(&sam, "").await, names(&[b]));
    assert_eq!(
        sam.get("/api/trash").await.expect(200).json::<Value>()["items"],
        json!([])
    );
    sam.get(&format!("/api/watch/{}", a.slug))
        .await
        .expect_problem(ProblemCode::NotFound);
    sam.post(&format!("{}/restore", a.path()), &json!({}))
        .await
        .expect_problem(ProblemCode::NotFound);
    // No row names it, and every object of it is remembered as deleted.
    let store = &app.app.store;
    assert!(store.recording(a.id).await.unwrap().is_none());
    assert!(store.stored_objects(a.id).await.unwrap().is_empty());
    let buried = store
        .tombstones(app.app.now().plus(Duration::from_secs(1)), "", 100)
        .await
        .unwrap();
    assert_eq!(buried.len(), 4, "two parts of two tracks: {buried:?}");
    assert!(buried.iter().all(|it| it.key.contains(&a.id.to_string())));
}
