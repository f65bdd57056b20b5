//! The description of the API is checked in, fresh and complete; every route has its policy.

use aside_server::testing::TestApp;
use aside_test_macros::both;
use std::collections::BTreeSet;
use std::path::Path;

use aside_protocol::problem::ProblemCode;
use aside_server::http::policy::Policy;
use aside_server::http::{openapi, router};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;

#[test]
fn the_checked_in_description_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let fresh = openapi::document(router::routes());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let stale = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stale == fresh,
        "server/openapi.json is stale; run the test once with UPDATE_OPENAPI=1 and look at the difference"
    );
}

#[test]
fn every_documented_operation_is_registered_with_a_policy_and_no_route_twice() {
    let document: Value = serde_json::from_str(&openapi::document(router::routes())).unwrap();
    let mut documented = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations
            .as_object()
            .unwrap()
            .keys()
            .filter(|k| ["get", "put", "post", "patch", "delete"].contains(&k.as_str()))
        {
            documented.insert((path.clone(), method.to_uppercase()));
        }
    }
    let (_, _, registry) = router::routes().finish();
    let mut registered = BTreeSet::new();
    for route in registry.iter().filter(|r| r.documented) {
        for method in &route.methods {
            assert!(
                registered.insert((route.path.clone(), method.clone())),
                "{} {} twice",
                method,
                route.path
            );
        }
    }
    assert_eq!(registered, documented);
    assert!(
        registry.iter().all(|r| r.documented
            || !r.path.starts_with("/api/")
            || r.path.starts_with("/api/docs")),
        "an API route is not described"
    );
}

/// A path with something in the place of every parameter.
fn sample(path: &str) -> String {
    path.split('/')
        .map(|piece| match piece {
            "{id}" => "0192f0c1-2345-7abc-8def-0123456789ab",
            "{slug}" => "0123456789abcdefghijkl",
            "{track}" => "video",
            "{number}" => "0",
            "{user_code}" => "BCDF-GHJK",
            other => other,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[both]
async fn a_route_for_people_with_an_account_is_closed_to_everybody_else(app: TestApp) {
    let (_, _, registry) = router::routes().finish();
    let mut closed = 0;
    for route in registry.iter().filter(|r| {
        matches!(
            r.policy,
            Policy::SignedIn | Policy::Recorder | Policy::Admin
        )
    }) {
        for method in &route.methods {
            let request = Request::builder()
                .method(method.parse::<Method>().unwrap())
                .uri(sample(&route.path))
                .header("content-type", "application/json")
                .body(Body::from("{}"))
                .unwrap();
            app.anonymous()
                .request(request)
                .await
                .expect_problem(ProblemCode::Unauthenticated);
            closed += 1;
        }
    }
    assert!(closed >= 12, "{closed}");
}

#[both]
async fn a_recording_that_is_not_there_is_not_there_on_every_route(app: TestApp) {
    let (_, _, registry) = router::routes().finish();
    for route in registry.iter().filter(|r| r.policy == Policy::ByRecording) {
        for method in &route.methods {
            let body = if route.path.ends_with("/unlock") {
                r#"{"password":"x"}"#
            } else if method == "POST" {
                r#"{"at_ms":0,"body":"x","guest_name":"Ana"}"#
            } else {
                "{}"
            };
            let request = Request::builder()
                .method(method.parse::<Method>().unwrap())
                .uri(sample(&route.path))
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap();
            app.anonymous()
                .request(request)
                .await
                .expect_problem(ProblemCode::NotFound);
        }
    }
}
