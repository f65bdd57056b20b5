//! Every route that names a recording asks the policy: walked by the list of routes, so that a new one cannot be forgotten.

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_protocol::upload::{CreateRecording, CreateTrack};
use aside_server::http::policy::{Policy, Registered};
use aside_server::http::router;
use aside_server::testing::{Answer, BEGINNING, Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::take::{Take, init, member, take};

/// What is in a recording, by its id.
struct InIt {
    comment: String,
    mark: String,
}

/// A request for each method of a route, about this recording and what is in it.
async fn requests(client: &Client, route: &Registered, take: &Take, in_it: &InIt) -> Vec<Answer> {
    let id = take.id.to_string();
    let pieces = route.path.split('/').map(|piece| match piece {
        "{id}" if route.path.starts_with("/api/comments/") => in_it.comment.as_str(),
        "{id}" if route.path.starts_with("/api/marks/") => in_it.mark.as_str(),
        "{id}" => &id,
        "{comment}" => in_it.comment.as_str(),
        "{slug}" => take.slug.as_str(),
        "{track}" => "video",
        "{number}" => "0",
        "{version}" => "2",
        "{grant}" | "{request}" | "{attachment}" => "01890000-0000-7000-8000-000000000000",
        other => other,
    });
    let path = pieces.collect::<Vec<_>>().join("/");
    let methods: Vec<&str> = if route.methods.is_empty() {
        vec!["GET"]
    } else {
        route.methods.iter().map(String::as_str).collect()
    };
    let mut answers = Vec::new();
    for method in methods {
        let body = match (method, route.path.as_str()) {
            ("PUT", "/api/recordings/{id}") => {
                let video = CreateTrack {
                    name: TrackName::Video,
                    init: init(TrackName::Video),
                };
                serde_json::to_value(CreateRecording {
                    slug: take.slug.clone(),
                    title: String::new(),
                    started_at: BEGINNING,
                    tracks: vec![video],
                    audience: None,
                })
                .unwrap()
            }
            ("POST", "/api/watch/{slug}/comments") => {
                json!({ "at_ms": 0, "body": "words", "guest_name": "Bo" })
            }
            ("POST", "/api/watch/{slug}/unlock") => json!({ "password": "long enough" }),
            ("POST", "/api/recordings/{id}/people") => json!({ "mail": "x@example.org" }),
            ("PUT", "/api/recordings/{id}/viewers") => json!({ "people": [] }),
            ("POST", "/api/recordings/{id}/requests/{request}") => json!({ "allow": false }),
            _ => json!({}),
        };
        let request = Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(&path)
            .header("host", "aside.test")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        answers.push(client.request(request).await);
    }
    answers
}

fn routes(wanted: impl Fn(&Registered) -> bool) -> Vec<Registered> {
    let (_, _, mut routes) = router::routes().finish();
    routes.retain(wanted);
    routes
}

/// A take with a comment and a chapter of its owner.
async fn commented(app: &TestApp) -> (Take, InIt) {
    let take = take(app).await;
    take.record(1).await;
    let path = format!("/api/watch/{}/comments", take.slug);
    let comment = json!({ "at_ms": 0, "body": "words",
        "drawing": { "shapes": [{ "tool": "pen", "color": "red", "points": [1, 2] }] } });
    let comment: Value = take.owner.post(&path, &comment).await.expect(201).json();
    let mark = json!({ "at_ms": 0, "title": "a chapter" });
    let mark: Value = take
        .owner
        .post(&take.api("/marks"), &mark)
        .await
        .expect(201)
        .json();
    let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
    let in_it = InIt {
        comment: id(&comment),
        mark: id(&mark),
    };
    (take, in_it)
}

#[both]
async fn a_recording_for_members_or_in_the_trash_is_closed_on_every_route(app: TestApp) {
    let (take, in_it) = commented(&app).await;
    // The page of a link is no problem document.
    let routes = routes(|route| {
        route.policy == Policy::ByRecording
            && !["/w/{slug}", "/e/{slug}"].contains(&route.path.as_str())
    });
    assert!(routes.len() >= 9, "{routes:?}");
    take.for_members_only().await;
    for route in &routes {
        for answer in requests(&app.anonymous(), route, &take, &in_it).await {
            answer.expect_problem(ProblemCode::NotFound);
        }
    }
    let mo = member(&app, "Mo").await;
    take.trash().await;
    for route in &routes {
        for answer in requests(&mo, route, &take, &in_it).await {
            answer.expect_problem(ProblemCode::Gone);
        }
    }
}

#[both]
async fn what_only_the_owner_may_do_is_closed_to_other_members_on_every_route(app: TestApp) {
    let (take, in_it) = commented(&app).await;
    let mo = member(&app, "Mo").await;
    let routes = routes(|route| {
        matches!(route.policy, Policy::SignedIn | Policy::Recorder)
            && route.path.starts_with("/api/recordings/{id}")
    });
    assert!(routes.len() >= 8, "{routes:?}");
    for route in &routes {
        for answer in requests(&mo, route, &take, &in_it).await {
            answer.expect_problem(ProblemCode::Forbidden);
        }
    }
}

/// Routes whose path names a recording, and no others, are about one.
#[test]
fn every_path_that_names_a_recording_has_a_policy_about_it() {
    for route in routes(|_| true) {
        let by_link = route.path.contains("{slug}");
        let by_id = route.path.starts_with("/api/recordings/{id}");
        let fine = match route.policy {
            Policy::Open => !by_id && !by_link,
            Policy::ByRecording => {
                by_link
                    || route.path.starts_with("/api/comments/{id}")
                    || route.path.starts_with("/api/marks/{id}")
            }
            Policy::SignedIn | Policy::Recorder => {
                !by_link
                    || ["/api/trash/{slug}", "/api/watch/{slug}/ask"].contains(&route.path.as_str())
            }
            Policy::Capability => {
                route.path.starts_with("/media/{cap}/")
                    || route.path.starts_with("/attachments/{cap}/")
            }
            // The one answers the same, whether there is a recording or not.
            Policy::Anyone | Policy::BySecret | Policy::Admin => {
                !by_id && (!by_link || route.path == "/api/watch/{slug}/mail-link")
            }
        };
        assert!(fine, "{route:?}");
    }
}
