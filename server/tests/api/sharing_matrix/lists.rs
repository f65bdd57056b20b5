//! Every list × every kind of viewer × every state of sharing: which of them tell of a recording.

use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use super::scene::People;
use super::states::{Condition, State, Who, states};
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
    let named = matches!(
        who,
        Who::Named | Who::NamedByMail | Who::NamedByGroup | Who::ViewerByGroup
    );
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
                for filter in ["", "&tag=spring&sort=title&state=finished"] {
                    let list = format!("/api/recordings?section={name}{filter}");
                    let found = listed(client, &list, &id).await;
                    cells += 1;
                    if found.is_some() != is_listed(section, who, state) {
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
