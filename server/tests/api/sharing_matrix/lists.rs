//! Every list × every kind of viewer × every state of sharing: which of them tell of a recording.

use aside_server::domain::screen_text::{ScreenLine, ScreenText};
use aside_server::service::search::index;
use aside_server::store::{Tx, screen_texts};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use super::scene::People;
use super::states::{Condition, Place, State, Who, is_named, states};
use crate::take::member;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Mine,
    Shared,
    Everyone,
}

fn is_listed(section: Section, who: Who, state: State) -> bool {
    let trashed = state.condition == Condition::Trashed;
    let open = !trashed && state.condition != Condition::Ended;
    let named = is_named(who, state);
    match section {
        Section::Mine => who == Who::Owner && !trashed,
        Section::Shared => named && open,
        // A password hides what lists would tell.
        Section::Everyone => {
            who != Who::Owner
                && open
                && state.audience != "owner"
                && state.condition != Condition::Password
        }
    }
}

/// What a list says of the recording.
async fn listed(client: &Client, list: &str, id: &str) -> Option<Value> {
    let list: Value = client.get(list).await.expect(200).json();
    let items = list["items"].as_array().unwrap();
    items.iter().find(|it| it["id"] == id).cloned()
}

#[both]
async fn no_list_tells_of_a_recording_whoever_may_not_see_it(app: TestApp) {
    let owner = member(&app, "Sam").await;
    let mut people = People::new(&app, &owner).await;
    let (mut cells, mut wrong) = (0, Vec::new());
    for state in states() {
        let scene = people.scene(&app, state).await;
        let id = scene.take.id.to_string();
        for who in Who::ALL.into_iter().filter(|who| who.has_account()) {
            let client = &people.clients[&who];
            for (section, name) in [
                (Section::Mine, "mine"),
                (Section::Shared, "shared"),
                (Section::Everyone, "everyone"),
            ] {
                let in_folder = format!("&folder={}", scene.folder);
                for filter in ["", "&tag=spring&sort=title&state=finished", &in_folder] {
                    let list = format!("/api/recordings?section={name}{filter}");
                    let found = listed(client, &list, &id).await;
                    cells += 1;
                    // Of folders of others only what is shared as they are.
                    let told = filter != in_folder
                        || section == Section::Mine
                        || state.place == Place::Shared;
                    if found.is_some() != (told && is_listed(section, who, state)) {
                        wrong.push(format!("{who:?} {state:?} {list}: {found:?}"));
                    }
                    if let Some(card) = found
                        && who != Who::Owner
                    {
                        assert_eq!(
                            card["folder_id"],
                            Value::Null,
                            "folders are the owner's own"
                        );
                    }
                }
            }
            let trash = listed(client, "/api/trash", &id).await.is_some();
            let expected = who == Who::Owner && state.condition == Condition::Trashed;
            assert_eq!(trash, expected, "{who:?} {state:?} trash");
            if who != Who::Owner {
                let library: Value = client.get("/api/library").await.expect(200).json();
                assert_eq!(
                    (&library["folders"], &library["tags"]),
                    (&json!([]), &json!([])),
                    "{who:?}"
                );
                let folders = library["shared_folders"].as_array().unwrap();
                let is_told = folders.iter().any(|it| it["id"] == scene.folder);
                let expected = match state.place {
                    Place::Own => false,
                    Place::Narrowed => true,
                    Place::Shared => state.audience == "members" || is_named(who, state),
                };
                assert_eq!(is_told, expected, "{who:?} {state:?} {folders:?}");
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What search gives for words that stand in titles, tags, chapters and comments of the scene.
async fn found(client: &Client, path: &str, id: Option<&str>) -> Vec<String> {
    let page: Value = client.get(path).await.expect(200).json();
    let items = page["items"].as_array().unwrap().iter();
    let mine = items.filter(|it| id.is_none_or(|id| it["recording"]["id"] == id));
    let mut kinds: Vec<String> = mine
        .map(|it| it["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[both]
async fn search_finds_nothing_of_a_recording_for_whoever_may_not_see_it(app: TestApp) {
    let owner = member(&app, "Sam").await;
    let mut people = People::new(&app, &owner).await;
    let mut wrong = Vec::new();
    for state in states() {
        let scene = people.scene(&app, state).await;
        let id = scene.take.id.to_string();
        let said = json!({ "title": "Zebra" });
        let title = format!("/api/recordings/{id}");
        if state.condition != Condition::Trashed {
            owner.patch(&title, &said).await.expect(200);
        }
        let screen = ScreenText {
            lines: vec![ScreenLine {
                at_ms: 0,
                text: "Okapi".to_owned(),
            }],
            ..ScreenText::begun()
        };
        let write = async |tx: &mut Tx| screen_texts::set(tx, scene.take.id, &screen).await;
        app.app.store.write(write).await.unwrap();
        // Of the index alone: what is in the trash stays in it, and is not found.
        index::catch_up(&app.app).await.unwrap();
        for who in Who::ALL.into_iter().filter(|who| who.has_account()) {
            let client = &people.clients[&who];
            let sections = [Section::Mine, Section::Shared, Section::Everyone];
            let listed = sections.iter().any(|it| is_listed(*it, who, state));
            for (word, kind) in [
                ("zebra", "title"),
                ("spring", "tag"),
                ("chapter", "chapter"),
                ("words", "comment"),
                ("okapi", "screen"),
                ("sam", "name"),
            ] {
                let path = format!("/api/search?q={word}&limit=50");
                let kinds = found(client, &path, Some(&id)).await;
                let expected: &[&str] = if listed { &[kind] } else { &[] };
                if kinds != expected {
                    wrong.push(format!("{who:?} {state:?} {word}: {kinds:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
