//! Folders that were removed come back for a minute as they were, with their sharing and what lay in them.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::store::{StoreError, Tx, removed_folders};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::folder_sharing::{
    finished, folder, id_of, name_for_folder, put_into, sees, share_folder, sharing,
};
use crate::take::{Take, member};

async fn remove(owner: &Client, id: &str) {
    let removed = owner.delete(&format!("/api/folders/{id}")).await;
    removed.expect(204);
}

fn back(id: &str) -> String {
    format!("/api/folders/{id}/restore")
}

async fn folders(who: &Client) -> (Value, Value) {
    let library: Value = who.get("/api/library").await.expect(200).json();
    (
        library["folders"].clone(),
        library["shared_folders"].clone(),
    )
}

async fn out_of_trash(take: &Take) {
    let path = format!("/api/recordings/{}/restore", take.id);
    take.owner.post(&path, &json!({})).await.expect(204);
}

#[both]
async fn a_shared_folder_that_was_removed_comes_back_as_it_was(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let (mo, jo) = (member(&app, "Mo").await, member(&app, "Jo").await);
    let anyone = app.anonymous();
    let (take, narrowed) = (finished(&olga, &app).await, finished(&olga, &app).await);
    let team = folder(&olga, "Team", None).await;
    let inner = folder(&olga, "Inner", Some(&team)).await;
    share_folder(&olga, &team, json!("members")).await;
    share_folder(&olga, &inner, json!("owner")).await;
    name_for_folder(&olga, &inner, json!({ "user_id": id_of(&mo).await })).await;
    let group = json!({ "name": "Design" });
    let group: Value = olga
        .post("/api/server/groups", &group)
        .await
        .expect(201)
        .json();
    name_for_folder(&olga, &inner, json!({ "group_id": group["id"] })).await;
    let kept = json!({ "retention": { "says": { "days": 90, "since": "viewed" } } });
    let path = format!("/api/folders/{inner}");
    olga.patch(&path, &kept).await.expect(200);
    let word = format!("/api/me/subscriptions/folder/{inner}");
    mo.put(&word, &json!({ "follows": false }))
        .await
        .expect(204);
    for take in [&take, &narrowed] {
        put_into(take, Some(&inner)).await;
    }
    let own = format!("/api/recordings/{}/sharing", narrowed.id);
    let closed = json!({ "audience": "owner" });
    olga.patch(&own, &closed).await.expect(200);
    assert!(sees(&mo, &take).await && !sees(&mo, &narrowed).await);
    for take in [&take, &narrowed] {
        take.trash().await;
    }
    let of_folder = format!("/api/folders/{inner}/sharing");
    let state = async || {
        let shared: Value = olga.get(&of_folder).await.expect(200).json();
        (shared, folders(&olga).await, folders(&mo).await)
    };
    let before = state().await;

    remove(&olga, &inner).await;
    let (left, _) = folders(&olga).await;
    assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
    for other in [&mo, &jo] {
        let hidden = other.post(&back(&inner), &json!({})).await;
        hidden.expect_problem(ProblemCode::NotFound);
    }
    let came: Value = olga
        .post(&back(&inner), &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&came["parent_id"], &came["audience"], &came["shared_by"]),
        (&json!(team), &json!("owner"), &json!(inner))
    );
    assert_eq!(state().await, before);
    let twice = olga.post(&back(&inner), &json!({})).await;
    twice.expect_problem(ProblemCode::NotFound);
    let said: Value = mo.get(&word).await.expect(200).json();
    assert_eq!(said["follows"], false, "still muted");

    // What lay in it lies in it again, for whom it was.
    for take in [&take, &narrowed] {
        out_of_trash(take).await;
        assert_eq!(sharing(take).await["folder"]["id"], json!(inner));
    }
    assert!(sees(&mo, &take).await && !sees(&mo, &narrowed).await);
    assert!(!sees(&jo, &take).await && !sees(&anyone, &take).await);
    put_into(&take, None).await;
    assert!(sees(&anyone, &take).await, "what was chosen for it alone");

    let log: Value = olga.get("/api/audit").await.expect(200).json();
    let log = log["entries"].as_array().unwrap().iter();
    let log = log.filter(|it| it["action"] == "folder_shared");
    let newest: Vec<&Value> = log.take(2).map(|it| &it["detail"]).collect();
    for (detail, after) in newest.into_iter().zip([json!("owner"), Value::Null]) {
        assert_eq!(
            (
                &detail["after"],
                &detail["recordings"],
                &detail["folder"]["name"]
            ),
            (&after, &json!(2), &json!("Inner")),
            "{detail}"
        );
    }
}

#[both]
async fn what_was_done_meanwhile_to_what_lay_in_a_removed_folder_stays(app: TestApp) {
    let (sam, mo) = (member(&app, "Sam").await, member(&app, "Mo").await);
    let team = folder(&sam, "Team", None).await;
    let other = folder(&sam, "Other", None).await;
    share_folder(&sam, &team, json!("members")).await;
    let mut takes = Vec::new();
    for _ in 0..4 {
        let take = finished(&sam, &app).await;
        put_into(&take, Some(&team)).await;
        take.trash().await;
        takes.push(take);
    }
    let [restored, moved, out, closed] = &takes[..] else {
        panic!()
    };
    remove(&sam, &team).await;
    for take in &takes {
        out_of_trash(take).await;
    }
    put_into(moved, Some(&other)).await;
    // To the top, knowingly.
    put_into(out, Some(&other)).await;
    put_into(out, None).await;
    let path = format!("/api/recordings/{}/sharing", closed.id);
    let owner = json!({ "audience": "owner" });
    sam.patch(&path, &owner).await.expect(200);

    sam.post(&back(&team), &json!({})).await.expect(200);
    let lies_in = async |folder: &str| {
        let path = format!("/api/recordings?folder={folder}");
        let page: Value = sam.get(&path).await.expect(200).json();
        let items = page["items"].as_array().unwrap().iter();
        let mut ids: Vec<String> = items.map(|it| it["id"].to_string()).collect();
        ids.sort_unstable();
        ids
    };
    let ids = |takes: &[&Take]| {
        let mut ids: Vec<String> = takes.iter().map(|it| json!(it.id).to_string()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(lies_in(&team).await, ids(&[restored]));
    assert_eq!(lies_in(&other).await, ids(&[moved]));
    assert_eq!(lies_in("top").await, ids(&[out, closed]));
    assert!(sees(&mo, restored).await && !sees(&mo, closed).await);
    assert!(!sees(&app.anonymous(), restored).await);
}

#[both]
async fn a_removed_folder_comes_back_for_a_minute_and_only_to_where_it_lay(app: TestApp) {
    let sam = member(&app, "Sam").await;
    let outer = folder(&sam, "Outer", None).await;
    let inner = folder(&sam, "Inner", Some(&outer)).await;
    remove(&sam, &inner).await;
    remove(&sam, &outer).await;
    let gone = sam.post(&back(&inner), &json!({})).await;
    let gone = gone.expect_problem(ProblemCode::Invalid);
    assert_eq!(gone.field.as_deref(), Some("folder_id"));
    for folder in [&outer, &inner] {
        sam.post(&back(folder), &json!({})).await.expect(200);
    }
    let (all, _) = folders(&sam).await;
    assert_eq!(
        (&all[0]["name"], &all[0]["parent_id"]),
        (&json!("Inner"), &json!(outer))
    );

    remove(&sam, &inner).await;
    app.clock.advance(Duration::from_secs(60));
    let late = sam.post(&back(&inner), &json!({})).await;
    late.expect_problem(ProblemCode::NotFound);
    // Nothing is remembered of it then.
    let (id, owner) = (inner.parse().unwrap(), id_of(&sam).await.parse().unwrap());
    let earlier = aside_server::testing::BEGINNING;
    let store = &app.app.store;
    let known = async || {
        let found = store.write(async |tx: &mut Tx| -> Result<_, StoreError> {
            Ok(removed_folders::get(tx, id, owner, earlier)
                .await?
                .is_some())
        });
        found.await.unwrap()
    };
    assert!(known().await);
    let now = app.app.now();
    let forgotten = store.write(async |tx: &mut Tx| removed_folders::forget(tx, now).await);
    forgotten.await.unwrap();
    assert!(!known().await);
}
