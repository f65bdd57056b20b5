//! Lists of what others recorded: sorted, filtered, page by page. Who sees what is `sharing_matrix/lists.rs`.

use aside_server::domain::account::Role;
use aside_server::testing::{Client, Take, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

/// Sam's takes, ascending, each with this title and for everybody with the link.
async fn takes(app: &TestApp, sam: &Client, titles: &[&str]) -> Vec<Take> {
    let mut takes = Vec::new();
    for (n, title) in (1..).zip(titles) {
        app.clock.advance(std::time::Duration::from_secs(1));
        let take = Take::new(n, 1);
        sam.create(&take).await.expect(201);
        sam.patch(&take.path(), &json!({ "title": title }))
            .await
            .expect(200);
        takes.push(take);
    }
    takes
}

async fn titles(who: &Client, path: &str) -> Vec<String> {
    let page: Value = who.get(path).await.expect(200).json();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|card| card["title"].as_str().unwrap().to_owned())
        .collect()
}

#[both]
async fn what_is_there_for_everyone_is_listed_page_by_page_in_each_order(app: TestApp) {
    let (sam, ana) = (app.sam().await, app.person("ana", Role::Member).await);
    takes(&app, &sam, &["bees", "Ants", "cats", "Dogs", "eels"]).await;
    for (sort, expected) in [
        ("newest", ["eels", "Dogs", "cats", "Ants", "bees"]),
        ("oldest", ["bees", "Ants", "cats", "Dogs", "eels"]),
        ("title", ["Ants", "bees", "cats", "Dogs", "eels"]),
    ] {
        let list = format!("/api/recordings?section=everyone&limit=2&sort={sort}");
        let (mut seen, mut path) = (Vec::new(), list.clone());
        loop {
            let page: Value = ana.get(&path).await.expect(200).json();
            let items = page["items"].as_array().unwrap().iter();
            seen.extend(items.map(|card| card["title"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("{list}&before={next}");
        }
        assert_eq!(seen, expected, "{sort}");
    }
}

#[both]
async fn a_person_and_a_tag_filter_there_and_a_folder_does_not(app: TestApp) {
    let (sam, ana) = (app.sam().await, app.person("ana", Role::Member).await);
    let made = takes(&app, &sam, &["one", "two"]).await;
    let jo = app.person("jo", Role::Member).await;
    let other = Take::new(9, 1);
    jo.create(&other).await.expect(201);
    let change = json!({ "ids": [made[0].id], "add_tags": ["spring"] });
    sam.post("/api/library/change", &change).await.expect(204);
    let me: Value = sam.get("/api/me").await.expect(200).json();
    let by = me["user"]["id"].as_str().unwrap();
    let list = |filter: &str| format!("/api/recordings?section=everyone{filter}");
    assert_eq!(titles(&ana, &list("")).await.len(), 3);
    assert_eq!(
        titles(&ana, &list(&format!("&by={by}"))).await,
        ["two", "one"]
    );
    assert_eq!(titles(&ana, &list("&tag=spring")).await, ["one"]);
    assert_eq!(titles(&sam, &list(&format!("&by={by}"))).await, [""; 0]);
    ana.get(&list("&folder=top"))
        .await
        .expect_problem(aside_protocol::problem::ProblemCode::Invalid);
}

#[both]
async fn a_recording_leaves_the_list_of_whoever_is_named_no_more(app: TestApp) {
    let (sam, ana) = (app.sam().await, app.person("ana", Role::Member).await);
    let take = takes(&app, &sam, &["plans"]).await.remove(0);
    sam.patch(&take.path(), &json!({ "audience": "owner" }))
        .await
        .expect(200);
    let me: Value = ana.get("/api/me").await.expect(200).json();
    let people = format!("{}/people", take.path());
    let shared: Value = sam
        .post(&people, &json!({ "user_id": me["user"]["id"] }))
        .await
        .expect(200)
        .json();
    let list = "/api/recordings?section=shared";
    assert_eq!(titles(&ana, list).await, ["plans"]);
    let grant = shared["people"][0]["id"].as_str().unwrap();
    sam.delete(&format!("{people}/{grant}")).await.expect(200);
    assert_eq!(titles(&ana, list).await, [""; 0]);
}
