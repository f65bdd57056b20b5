//! An export brings the folders of its people: names, nesting, and who may look into them.

use std::path::Path;
use std::sync::Arc;

use aside_server::archive::{self, Wanted};
use aside_server::domain::account::Role;
use aside_server::entropy::SeededEntropy;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::archive::{export, member_token};
use crate::folder_sharing::{
    finished, folder, id_of, name_for_folder, put_into, sees, share_folder,
};
use crate::take::{Take, member};

/// Other servers of either kind, with other ids.
async fn others() -> Vec<TestApp> {
    let mut others = vec![TestApp::seeded(7).await];
    others.extend(TestApp::postgres().await);
    for other in &mut others {
        other.app.resources.entropy = Arc::new(SeededEntropy::new(9));
    }
    others
}

/// Names of somebody's folders, what each lies in, and for whom it says it is.
async fn tree(who: &Client) -> Vec<(String, String, Value)> {
    let library: Value = who.get("/api/library").await.expect(200).json();
    let all = library["folders"].as_array().unwrap();
    let name = |id: &Value| {
        let found = all.iter().find(|it| it["id"] == *id);
        found.map_or(String::new(), |it| it["name"].as_str().unwrap().to_owned())
    };
    let rows = all.iter().map(|it| {
        (
            name(&it["id"]),
            name(&it["parent_id"]),
            it["audience"].clone(),
        )
    });
    rows.collect()
}

fn row(name: &str, parent: &str, audience: Value) -> (String, String, Value) {
    (name.to_owned(), parent.to_owned(), audience)
}

/// With whom a folder is shared.
async fn shared(owner: &Client, id: &str) -> Vec<Value> {
    let path = format!("/api/folders/{id}/sharing");
    let shared: Value = owner.get(&path).await.expect(200).json();
    shared["people"].as_array().unwrap().clone()
}

fn name_of(shared: &Value) -> &str {
    let group = &shared["group"]["name"];
    group.as_str().or(shared["name"].as_str()).unwrap()
}

/// Names of the people and groups that a folder is shared with, ascending.
async fn named(owner: &Client, id: &str) -> Vec<String> {
    let shared = shared(owner, id).await;
    let mut names: Vec<String> = shared.iter().map(|it| name_of(it).to_owned()).collect();
    names.sort_unstable();
    names
}

/// Sam has a recording in Work / Bugs, which is for Mo, Jo and Design; Ana has a folder and no recording.
async fn scene(app: &TestApp) -> (Take, String) {
    let chief = app.person("chief", Role::Owner).await;
    let sam = member(app, "Sam").await;
    let (mo, jo) = (member(app, "Mo").await, member(app, "Jo").await);
    let ana = member(app, "Ana").await;
    folder(&ana, "Anas", None).await;
    let work = folder(&sam, "Work", None).await;
    let bugs = folder(&sam, "Bugs", Some(&work)).await;
    folder(&sam, "Later", Some(&bugs)).await;
    for person in [&mo, &jo] {
        let named = json!({ "user_id": id_of(person).await });
        name_for_folder(&sam, &bugs, named).await;
    }
    let group = json!({ "name": "Design" });
    let group: Value = chief
        .post("/api/server/groups", &group)
        .await
        .expect(201)
        .json();
    name_for_folder(&sam, &bugs, json!({ "group_id": group["id"] })).await;
    let take = finished(&sam, app).await;
    put_into(&take, Some(&bugs)).await;
    (take, bugs)
}

#[both]
async fn folders_come_along_with_their_nesting_and_who_may_look_into_them(app: TestApp) {
    let (take, bugs) = scene(&app).await;
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    export(&app, &out).await;

    for other in others().await {
        // Jo is not here; Sam has folders of these names already, one of them for everyone.
        let (sam, mo) = (member(&other, "Sam").await, member(&other, "Mo").await);
        let ana = member(&other, "Ana").await;
        let work = folder(&sam, "Work", None).await;
        share_folder(&sam, &work, json!("members")).await;
        archive::import(&other.app, &out, |_| {}).await.unwrap();
        let expected = [
            row("Bugs", "Work", json!("owner")),
            row("Later", "Bugs", Value::Null),
            row("Work", "", json!("members")),
            row("Work", "", Value::Null),
        ];
        let sorted = async || {
            let mut tree = tree(&sam).await;
            tree.sort_by_key(|(name, _, audience)| (name.clone(), audience.is_null()));
            tree
        };
        assert_eq!(sorted().await, expected);
        assert_eq!(tree(&ana).await, [row("Anas", "", Value::Null)]);
        assert_eq!(named(&sam, &bugs).await, ["Design", "Mo"]);
        let here = Take {
            owner: sam.clone(),
            ..take.clone()
        };
        assert!(sees(&mo, &here).await && sees(&sam, &here).await);
        assert!(!sees(&ana, &here).await && !sees(&other.anonymous(), &here).await);
        put_into(&here, None).await;
        assert!(sees(&ana, &here).await, "what was chosen for it alone");

        // What is there stays as its owner has it since.
        let path = format!("/api/folders/{bugs}");
        let renamed = json!({ "name": "Defects", "move_to": { "folder_id": null } });
        sam.patch(&path, &renamed).await.expect(200);
        let people = shared(&sam, &bugs).await;
        let of_mo = people.iter().find(|it| name_of(it) == "Mo").unwrap();
        let of_mo = of_mo["id"].as_str().unwrap();
        let gone = sam.delete(&format!("{path}/people/{of_mo}")).await;
        gone.expect(200);
        let before = sorted().await;
        member(&other, "Jo").await;
        let again = archive::import(&other.app, &out, |_| {}).await.unwrap();
        assert_eq!((again.recordings, again.present), (0, 1));
        assert_eq!(sorted().await, before);
        assert_eq!(named(&sam, &bugs).await, ["Design"]);
    }
}

#[both]
async fn an_export_of_a_person_names_whom_their_folders_are_for_and_brings_no_others(app: TestApp) {
    let (_, bugs) = scene(&app).await;
    let id = async |name: &str| {
        let client = member_token(&app, &format!("{name}@example.org")).await;
        id_of(&client).await
    };
    let (sam, ana) = (id("sam").await, id("ana").await);
    let place = tempfile::tempdir().unwrap();
    for (owner, others) in [(&sam, &ana), (&ana, &sam)] {
        let out = place.path().join(owner);
        let wanted = Wanted {
            owner: Some(owner.parse().unwrap()),
            one_file: false,
        };
        archive::export(&app.app, &wanted, &out, |_| {})
            .await
            .unwrap();
        let has = |owner: &str| out.join(format!("folders-{owner}.json")).is_file();
        assert!(has(owner) && !has(others));
    }
    let people = std::fs::read_to_string(place.path().join(&ana).join("people.json")).unwrap();
    assert!(!people.contains("mo@"), "{people}");
    let other = TestApp::seeded(7).await;
    let mo = member(&other, "Mo").await;
    let out = place.path().join(&sam);
    archive::import(&other.app, &out, |_| {}).await.unwrap();
    let sam = member_token(&other, "sam@example.org").await;
    // Groups are in an export of all.
    assert_eq!(named(&sam, &bugs).await, ["Mo"]);
    let library: Value = mo.get("/api/library").await.expect(200).json();
    assert_eq!(library["shared_folders"][0]["name"], "Bugs");
}

#[both]
async fn an_export_that_does_not_say_who_may_look_into_folders_is_taken_in_all_the_same(
    app: TestApp,
) {
    let (take, bugs) = scene(&app).await;
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    export(&app, &out).await;
    forget_names(&out);
    let other = TestApp::seeded(7).await;
    let mo = member(&other, "Mo").await;
    archive::import(&other.app, &out, |_| {}).await.unwrap();
    let sam = member_token(&other, "sam@example.org").await;
    assert!(named(&sam, &bugs).await.is_empty());
    let tree = tree(&sam).await;
    assert!(
        tree.contains(&row("Bugs", "Work", json!("owner"))),
        "{tree:?}"
    );
    assert!(!sees(&mo, &take).await && sees(&sam, &take).await);
}

/// As exports were before people were named in them.
fn forget_names(out: &Path) {
    let mut changed = 0;
    for file in std::fs::read_dir(out).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("folders-") {
            continue;
        }
        let mut rows: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let tables = rows["tables"].as_array_mut().unwrap();
        let before = tables.len();
        tables.retain(|it| it["table"] == "folders");
        assert_eq!((before, tables.len()), (2, 1));
        std::fs::write(&path, rows.to_string()).unwrap();
        changed += 1;
    }
    assert_eq!(changed, 2);
}
