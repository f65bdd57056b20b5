//! What a token may do: every route × every scope. The routes come from the router's own list; one without a row in the table below
//! fails. What is expected is said by that table, not by the rule.

use std::collections::BTreeMap;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::domain::token::{Need, Scope};
use aside_server::http::policy::{Policy, Registered};
use aside_server::http::router;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

const TABLE: &str = include_str!("scopes.txt");

/// A program of `person` with these scopes.
pub(crate) async fn program(app: &TestApp, person: &Client, scopes: &[&str]) -> Client {
    let wanted = json!({ "name": scopes.join(" "), "scopes": scopes, "expires_in_days": 30 });
    let made: Value = person.post("/api/tokens", &wanted).await.expect(201).json();
    let secret = made["token"].as_str().unwrap();
    app.anonymous()
        .with("authorization", &format!("Bearer {secret}"))
}

/// Who a request of a route is for, by the table.
fn expected() -> BTreeMap<(String, String), &'static str> {
    let mut all = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let (need, method, path) = (words.next(), words.next(), words.next());
        let (Some(need), Some(method), Some(path)) = (need, method, path) else {
            continue;
        };
        let twice = all.insert((method.to_owned(), path.to_owned()), need);
        assert_eq!(twice, None, "{line}");
    }
    all
}

fn named(need: Need) -> &'static str {
    match need {
        Need::Nothing => "-",
        Need::Scope(scope) => scope.as_str(),
        Need::Everything => "everything",
    }
}

fn routes() -> Vec<(Registered, String)> {
    let (_, _, routes) = router::routes().finish();
    let several = |route: Registered| {
        let methods = route.methods.clone();
        methods.into_iter().map(move |it| (route.clone(), it))
    };
    routes.into_iter().flat_map(several).collect()
}

#[test]
fn every_route_has_a_row_that_says_which_scope_it_needs() {
    let mut table = expected();
    for (route, method) in routes() {
        let row = table.remove(&(method.clone(), route.path.clone()));
        assert_eq!(
            row,
            Some(named(route.need(&method))),
            "scopes.txt says who may {method} {}",
            route.path
        );
    }
    assert!(table.is_empty(), "no such routes: {table:?}");
}

/// Something in the place of every parameter, which is nothing that exists.
fn nowhere(path: &str) -> String {
    let piece = |piece: &str| match piece {
        "{slug}" => "0123456789abcdefghijkl".to_owned(),
        "{track}" => "video".to_owned(),
        "{number}" | "{version}" => "0".to_owned(),
        "{user_code}" => "BCDF-GHJK".to_owned(),
        "{of}" => "recording".to_owned(),
        _ if piece.starts_with('{') => "01890000-0000-7000-8000-000000000000".to_owned(),
        other => other.to_owned(),
    };
    path.split('/').map(piece).collect::<Vec<_>>().join("/")
}

#[both]
async fn a_token_does_on_every_route_what_its_scope_says_and_hears_which_one_it_lacks(
    app: TestApp,
) {
    let olga = app.person("olga", Role::Owner).await;
    let table = expected();
    let mut cells = 0;
    for scope in Scope::ALL {
        let program = program(&app, &olga, &[scope.as_str()]).await;
        for (route, method) in routes() {
            let needed = table[&(method.clone(), route.path.clone())];
            let given = needed == "-" || needed == scope.as_str();
            // A stream that is given does not end.
            if given && route.path.ends_with("/events") {
                continue;
            }
            let body = if route.path.ends_with("/unlock") {
                r#"{ "password": "long enough" }"#
            } else {
                "{}"
            };
            let request = Request::builder()
                .method(method.as_str())
                .uri(nowhere(&route.path))
                .header("host", "aside.test")
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap();
            let answer = program.request(request).await;
            let about = format!("{scope:?} {method} {}: {}", route.path, answer.text());
            let refused = answer.header("content-type") == "application/problem+json"
                && answer.json::<Value>()["code"] == "insufficient_scope";
            assert_eq!(refused, !given, "{about}");
            cells += 1;
            if refused {
                let problem = answer.expect_problem(ProblemCode::InsufficientScope);
                let names = (needed != "everything").then(|| needed.to_owned());
                assert_eq!(problem.scope, names, "{about}");
                assert!(
                    needed == "everything" || problem.detail.unwrap().contains(needed),
                    "{about}"
                );
            }
        }
    }
    assert!(cells > 500, "{cells}");
}

#[test]
fn no_scope_makes_keys_of_an_account_or_runs_the_server() {
    for (route, method) in routes() {
        let runs = route.policy == Policy::Admin;
        let keys = [
            "/api/tokens",
            "/api/me/password",
            "/api/me/passkeys",
            "/api/device/",
        ]
        .iter()
        .any(|path| route.path.starts_with(path))
            && route.policy == Policy::SignedIn;
        if runs || keys {
            assert_eq!(
                route.need(&method),
                Need::Everything,
                "{method} {}",
                route.path
            );
        }
    }
}

#[both]
async fn a_token_with_manage_looks_after_ones_own_integrations_and_not_the_servers(app: TestApp) {
    let app = app.configured(|config| {
        config.public_url = Some("https://aside.test".parse().unwrap());
    });
    let admin = app.person("admin", Role::Admin).await;
    let program = program(&app, &admin, &["manage"]).await;
    let new = |server: bool| {
        json!({
            "kind": "webhook", "name": "Build", "server": server,
            "target": { "url": "https://hooks.example.org/1" },
            "rule": { "events": ["comment.created"], "places": "all" },
        })
    };
    program
        .post("/api/destinations", &new(false))
        .await
        .expect(201);
    let made: Value = admin
        .post("/api/destinations", &new(true))
        .await
        .expect(201)
        .json();
    let path = format!(
        "/api/destinations/{}",
        made["destination"]["id"].as_str().unwrap()
    );
    for answer in [
        program.post("/api/destinations", &new(true)).await,
        program.get("/api/destinations?server=true").await,
    ] {
        answer.expect_problem(ProblemCode::Forbidden);
    }
    let (none, paused) = (json!({}), json!({ "paused": true }));
    for answer in [
        program.patch(&path, &paused).await,
        program.post(&format!("{path}/secret"), &none).await,
        program.get(&format!("{path}/deliveries")).await,
        program.delete(&path).await,
    ] {
        answer.expect_problem(ProblemCode::NotFound);
    }
    admin.patch(&path, &paused).await.expect(200);
    admin.delete(&path).await.expect(204);
}

#[both]
async fn a_token_with_scopes_is_listed_with_them_and_ends_on_its_day(app: TestApp) {
    let sam = app.sam().await;
    let reader = program(&app, &sam, &["read", "comment", "read"]).await;
    reader.get("/api/recordings").await.expect(200);
    let list: Value = sam.get("/api/tokens").await.expect(200).json();
    let named = |name: &str| {
        let all = list["tokens"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).unwrap().clone()
    };
    let made = named("read comment read");
    assert_eq!(made["scopes"], json!(["read", "comment"]));
    assert!(made["last_used_at"].is_i64() && made["expires_at"].is_i64());
    assert_eq!(
        named("test")["scopes"],
        Value::Null,
        "a token from before there were scopes may do everything"
    );
    app.clock.advance(Duration::from_secs(30 * 24 * 3600));
    reader
        .get("/api/recordings")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn a_token_that_ends_makes_none_that_outlives_it(app: TestApp) {
    let sam = app.sam().await;
    let wanted = json!({ "name": "ends", "expires_in_days": 2 });
    let ends: Value = sam.post("/api/tokens", &wanted).await.expect(201).json();
    let bearer = format!("Bearer {}", ends["token"].as_str().unwrap());
    let maker = app.anonymous().with("authorization", &bearer);
    for days in [json!(null), json!(30)] {
        let wanted = json!({ "name": "n", "expires_in_days": days });
        let made: Value = maker.post("/api/tokens", &wanted).await.expect(201).json();
        assert_eq!(made["expires_at"], ends["expires_at"], "{days}");
    }
    let wanted = json!({ "name": "n", "expires_in_days": 1 });
    let made: Value = maker.post("/api/tokens", &wanted).await.expect(201).json();
    assert!(made["expires_at"].as_i64() < ends["expires_at"].as_i64());
    let wanted = json!({ "name": "n" });
    let made: Value = sam.post("/api/tokens", &wanted).await.expect(201).json();
    assert_eq!(made["expires_at"], json!(null));
}

#[both]
async fn a_token_without_a_scope_or_for_no_days_is_not_made(app: TestApp) {
    let sam = app.sam().await;
    for (wanted, field) in [
        (json!({ "name": "n", "scopes": [] }), "scopes"),
        (
            json!({ "name": "n", "scopes": ["read"], "expires_in_days": 0 }),
            "expires_in_days",
        ),
        (
            json!({ "name": "n", "scopes": ["read"], "expires_in_days": 4000 }),
            "expires_in_days",
        ),
    ] {
        let problem = sam
            .post("/api/tokens", &wanted)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field));
    }
}
