//! Every route × every kind of viewer × every state of sharing. The routes come from the router's own list: one without a row
//! in `table.rs` fails. What is expected is said here by a table of its own, not by the policy.

mod lists;
mod scene;
mod states;
mod table;

use std::collections::HashMap;

use aside_protocol::recording::TrackName;
use aside_protocol::upload::{CreateRecording, CreateTrack};
use aside_server::http::policy::Registered;
use aside_server::http::router;
use aside_server::testing::{Answer, BEGINNING, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use self::scene::{People, Scene};
use self::states::{Expected, Who, expected, states};
use self::table::{Need, row};
use crate::take::{init, member};

/// A request of a route about a recording; or about one that does not exist.
fn request(route: &Registered, method: &str, body: &Value, scene: Option<&Scene>) -> Request<Body> {
    const NONE: &str = "01890000-0000-7000-8000-000000000000";
    let id = scene.map_or(NONE.to_owned(), |s| s.take.id.to_string());
    let pieces = route.path.split('/').map(|piece| match piece {
        "{id}" if route.path.starts_with("/api/comments/") => {
            scene.map_or(NONE, |s| s.comment.as_str())
        }
        "{id}" if route.path.starts_with("/api/marks/") => scene.map_or(NONE, |s| s.mark.as_str()),
        "{id}" if route.path.starts_with("/api/folders/") => scene.map_or(NONE, |s| match method {
            "DELETE" => s.empty_folder.as_str(),
            // What it changes is no state of the recording.
            "PATCH" | "POST" if route.path != "/api/folders/{id}" => s.empty_folder.as_str(),
            _ => s.folder.as_str(),
        }),
        "{comment}" => scene.map_or(NONE, |s| s.comment.as_str()),
        "{attachment}" => scene.map_or(NONE, |s| s.attachment.as_str()),
        "{reaction}" => scene.map_or(NONE, |s| s.reaction.as_str()),
        "{id}" => &id,
        "{slug}" => scene.map_or("0000000000000000000000", |s| s.take.slug.as_str()),
        "{track}" => "video",
        "{number}" => "0",
        "{version}" => "2",
        "{moment}" => "500.jpg",
        "{format}" => "vtt",
        "{language}" => "de",
        "{grant}" | "{request}" | "{suggestion}" => NONE,
        other => other,
    });
    let mut path = pieces.collect::<Vec<_>>().join("/");
    if path.ends_with("/comments/export") {
        path += "?format=csv";
    }
    if path.ends_with("/search") {
        path += "?q=words";
    }
    if let Some(scene) = scene {
        let file = if route.path.contains("{track}") {
            "video/init.mp4"
        } else {
            "video.m3u8"
        };
        if route.path.starts_with("/media/") {
            path = format!("{}/{file}", scene.old_link);
        }
        if route.path.starts_with("/attachments/") {
            path = scene.old_file.clone();
        }
    }
    let body = match body {
        Value::Null => creation(scene),
        body => {
            let folder = scene.map_or(NONE, |s| s.folder.as_str());
            let body = body.to_string().replace("{id}", &id);
            let owner = scene.map_or(NONE, |s| s.owner.as_str());
            let named = scene.map_or(NONE, |s| s.named.as_str());
            body.replace("{folder}", folder)
                .replace("{owner}", owner)
                .replace("{named}", named)
        }
    };
    Request::builder()
        .method(method.parse::<Method>().unwrap())
        .uri(path)
        .header("host", "aside.test")
        .header("content-length", body.len())
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

fn creation(scene: Option<&Scene>) -> String {
    let tracks = [TrackName::Video, TrackName::Audio].map(|name| CreateTrack {
        name,
        init: init(name),
    });
    let create = scene.map(|scene| CreateRecording {
        slug: scene.take.slug.clone(),
        title: String::new(),
        started_at: BEGINNING,
        tracks: tracks.to_vec(),
        audience: None,
    });
    serde_json::to_string(&create).unwrap()
}

/// Whether an answer says no.
fn is_refusal(answer: &Answer) -> bool {
    [401, 403, 404, 410].contains(&answer.status.as_u16())
}

/// Whether a request of the owner changes the recording so that the next one would find another state.
fn disturbs(method: &str, path: &str) -> bool {
    matches!(
        (method, path),
        ("DELETE", "/api/recordings/{id}")
            | (
                "POST",
                "/api/recordings/{id}/restore" | "/api/recordings/{id}/link"
            )
            | (
                "DELETE",
                "/api/recordings/{id}/translations/{language}"
                    | "/api/comments/{id}"
                    | "/api/comments/{id}/attachments/{attachment}"
                    | "/api/marks/{id}"
            )
    )
}

/// Every request of a route about a recording, what it needs, and its body.
fn rows() -> Vec<(Registered, String, Need, Value)> {
    let (_, _, routes) = router::routes().finish();
    routes
        .into_iter()
        .flat_map(|route| {
            let methods = match &route.methods[..] {
                [] => vec!["GET".to_owned()],
                methods => methods.to_vec(),
            };
            methods.into_iter().map(move |method| {
                let (need, body) = row(&method, &route.path)
                    .unwrap_or_else(|| panic!("no row says who may {method} {}", route.path));
                (route.clone(), method, need, body)
            })
        })
        .filter(|(.., need, _)| *need != Need::Nothing)
        .collect()
}

#[test]
fn the_matrix_has_two_thousand_cells() {
    let cells = rows().len() * Who::ALL.len() * states().len();
    assert!(cells >= 2000, "{cells}");
}

#[both]
async fn nobody_gets_what_a_recording_for_its_owner_does_not_give_them(app: TestApp) {
    nobody_gets_more(app, "owner").await;
}

#[both]
async fn nobody_gets_what_a_recording_for_members_does_not_give_them(app: TestApp) {
    nobody_gets_more(app, "members").await;
}

#[both]
async fn nobody_gets_what_a_recording_for_everybody_does_not_give_them(app: TestApp) {
    nobody_gets_more(app, "link").await;
}

/// Walks the part of the matrix in which a recording is for this audience.
async fn nobody_gets_more(app: TestApp, audience: &str) {
    let rows = rows();
    let owner = member(&app, "Sam").await;
    let mut people = People::new(&app, &owner).await;
    let mut nothing: HashMap<(usize, Who), (u16, String)> = HashMap::new();
    let (mut cells, mut wrong) = (0, Vec::new());
    for state in states().into_iter().filter(|it| it.audience == audience) {
        let mut scene = people.scene(&app, state).await;
        for who in Who::ALL {
            for (n, (route, method, need, body)) in rows.iter().enumerate() {
                let expected = expected(*need, route, who, state);
                cells += 1;
                // A stream of events that is given does not end.
                if expected == Expected::Success && route.path.ends_with("/events") {
                    continue;
                }
                let client = people.clients[&who].clone();
                let answer = client
                    .request(request(route, method, body, Some(&scene)))
                    .await;
                let fits = match expected {
                    Expected::Success => !is_refusal(&answer),
                    Expected::Refused => {
                        is_refusal(&answer) || [409, 422].contains(&answer.status.as_u16())
                    }
                    Expected::Problem(code) => {
                        is_refusal(&answer) && answer.json::<Value>()["code"] == json!(code)
                    }
                    Expected::Hidden => {
                        let there = (answer.status.as_u16(), answer.text());
                        match nothing.get(&(n, who)) {
                            Some(known) => *known == there,
                            None => {
                                let asked = request(route, method, body, None);
                                let none = client.request(asked).await;
                                let none = (none.status.as_u16(), none.text());
                                let same = none == there;
                                nothing.insert((n, who), none);
                                same
                            }
                        }
                    }
                };
                if !fits {
                    wrong.push(format!(
                        "{who:?} {state:?} {method} {}: expected {expected:?}, got {} {}",
                        route.path,
                        answer.status,
                        answer.text().chars().take(120).collect::<String>()
                    ));
                }
                if expected == Expected::Success && disturbs(method, &route.path) {
                    scene = people.scene(&app, state).await;
                }
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
