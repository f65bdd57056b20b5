//! Accounts: the first visitor, signing in and out, tokens, and where requests may come from.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::{Client, TestApp};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

fn ana() -> Value {
    json!({ "email": "Ana@Example.org", "name": "Ana", "password": PASSWORD })
}

fn sign_in() -> Value {
    json!({ "email": "ana@example.org", "password": PASSWORD })
}

async fn set_up(app: &TestApp) -> Client {
    let answer = app.anonymous().post("/api/setup", &ana()).await.expect(201);
    app.anonymous().keep_cookies(&answer)
}

#[both]
async fn the_first_visitor_becomes_the_owner_and_nobody_after(app: TestApp) {
    let me: Value = app.anonymous().get("/api/me").await.expect(200).json();
    assert_eq!(
        (&me["user"], &me["setup_needed"]),
        (&Value::Null, &json!(true))
    );
    let owner = set_up(&app).await;
    let me: Value = owner.get("/api/me").await.expect(200).json();
    assert_eq!(
        (me["user"]["role"].as_str(), me["user"]["email"].as_str()),
        (Some("owner"), Some("ana@example.org"))
    );
    assert_eq!(me["setup_needed"], false);
    app.anonymous()
        .post("/api/setup", &ana())
        .await
        .expect_problem(ProblemCode::AlreadySetUp);
    let me: Value = app.anonymous().get("/api/me").await.expect(200).json();
    assert_eq!(me["setup_needed"], false);
}

#[both]
async fn of_ten_first_visitors_at_once_one_becomes_owner(app: TestApp) {
    let visits = (0..10).map(|n| {
        let client = app.anonymous();
        async move { client.post("/api/setup", &json!({ "email": format!("v{n}@example.org"), "name": "V", "password": PASSWORD })).await }
    });
    let answers = futures_util::future::join_all(visits).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 9);
}

#[both]
async fn a_server_with_an_account_needs_no_setup(app: TestApp) {
    app.person("sam", Role::Member).await;
    app.anonymous()
        .post("/api/setup", &ana())
        .await
        .expect_problem(ProblemCode::AlreadySetUp);
}

#[both]
async fn a_setup_that_makes_no_sense_is_refused_by_field(app: TestApp) {
    for (field, value) in [("email", "ana"), ("name", " "), ("password", "short")] {
        let mut bad = ana();
        bad[field] = json!(value);
        let problem = app
            .anonymous()
            .post("/api/setup", &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field));
    }
    app.anonymous()
        .post("/api/setup", &json!({ "email": 1 }))
        .await
        .expect_problem(ProblemCode::Invalid);
    set_up(&app).await;
}

#[both]
async fn one_signs_in_and_out(app: TestApp) {
    set_up(&app).await;
    let answer = app
        .anonymous()
        .post("/api/session", &sign_in())
        .await
        .expect(200);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let ana = app.anonymous().keep_cookies(&answer);
    assert_eq!(
        ana.get("/api/me").await.json::<Value>()["user"]["name"],
        "Ana"
    );
    let out = ana.delete("/api/session").await.expect(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        ana.get("/api/me").await.json::<Value>()["user"],
        Value::Null,
        "the old cookie is worth nothing"
    );
}

#[both]
async fn a_session_ends_after_thirty_days(app: TestApp) {
    let ana = set_up(&app).await;
    app.clock.advance(Duration::from_secs(30 * 24 * 3600 - 1));
    assert_ne!(
        ana.get("/api/me").await.json::<Value>()["user"],
        Value::Null
    );
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(
        ana.get("/api/me").await.json::<Value>()["user"],
        Value::Null
    );
    ana.get("/api/tokens")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn a_sign_in_ends_the_one_before_in_the_same_browser(app: TestApp) {
    set_up(&app).await;
    let elsewhere = app.anonymous().post("/api/session", &sign_in()).await;
    let elsewhere = app.anonymous().keep_cookies(&elsewhere.expect(200));
    let first = app.anonymous().post("/api/session", &sign_in()).await;
    let before = app.anonymous().keep_cookies(&first.expect(200));
    let wrong = json!({ "email": "ana@example.org", "password": "wrong horse" });
    before
        .post("/api/session", &wrong)
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let second = before.post("/api/session", &sign_in()).await;
    let after = app.anonymous().keep_cookies(&second.expect(200));
    for (who, counts) in [(&elsewhere, true), (&before, false), (&after, true)] {
        let me: Value = who.get("/api/me").await.json();
        assert_eq!(me["user"] != Value::Null, counts, "{me}");
    }
}

#[both]
async fn a_wrong_password_and_an_unknown_account_look_the_same(app: TestApp) {
    set_up(&app).await;
    let wrong = app
        .anonymous()
        .post(
            "/api/session",
            &json!({ "email": "ana@example.org", "password": "wrong horse" }),
        )
        .await;
    let unknown = app
        .anonymous()
        .post(
            "/api/session",
            &json!({ "email": "ben@example.org", "password": PASSWORD }),
        )
        .await;
    assert_eq!(wrong.text(), unknown.text());
    wrong.expect_problem(ProblemCode::BadCredentials);
    app.anonymous()
        .post("/api/session", &json!({ "email": "x", "password": "" }))
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn after_ten_wrong_tries_one_waits(app: TestApp) {
    set_up(&app).await;
    let wrong = json!({ "email": "ana@example.org", "password": "wrong horse" });
    for _ in 0..10 {
        app.anonymous()
            .post("/api/session", &wrong)
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    let answer = app.anonymous().post("/api/session", &sign_in()).await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    answer.expect_problem(ProblemCode::TooManyRequests);
    app.clock.advance(Duration::from_secs(wait));
    app.anonymous()
        .post("/api/session", &sign_in())
        .await
        .expect(200);
}

#[both]
async fn a_request_from_another_site_changes_nothing(app: TestApp) {
    let ana = set_up(&app).await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let forged = ana.clone().with(name, value);
        forged
            .post("/api/tokens", &json!({ "name": "mine now" }))
            .await
            .expect_problem(ProblemCode::CrossSite);
        forged
            .delete("/api/session")
            .await
            .expect_problem(ProblemCode::CrossSite);
        app.anonymous()
            .with(name, value)
            .post("/api/session", &sign_in())
            .await
            .expect_problem(ProblemCode::CrossSite);
    }
    let unsaid = Client::clone(&ana).without("origin");
    unsaid
        .post("/api/tokens", &json!({ "name": "unsaid" }))
        .await
        .expect_problem(ProblemCode::CrossSite);
    ana.clone()
        .with("origin", "https://evil.example")
        .get("/api/tokens")
        .await
        .expect(200);
    let list: Value = ana.get("/api/tokens").await.expect(200).json();
    assert_eq!(list["tokens"], json!([]));
}

#[both]
async fn a_token_is_shown_once_works_and_can_be_revoked(app: TestApp) {
    let ana = set_up(&app).await;
    let made: Value = ana
        .post("/api/tokens", &json!({ "name": "ci" }))
        .await
        .expect(201)
        .json();
    let secret = made["token"].as_str().unwrap();
    let program = app
        .anonymous()
        .with("authorization", &format!("Bearer {secret}"));
    let list = program.get("/api/tokens").await.expect(200);
    assert!(!list.text().contains(secret));
    let list: Value = list.json();
    assert_eq!(
        (
            list["tokens"][0]["name"].as_str(),
            list["tokens"][0]["kind"].as_str()
        ),
        (Some("ci"), Some("api"))
    );
    assert!(list["tokens"][0]["last_used_at"].is_i64());
    let path = format!("/api/tokens/{}", made["id"].as_str().unwrap());
    app.sam()
        .await
        .delete(&path)
        .await
        .expect_problem(ProblemCode::NotFound);
    ana.delete(&path).await.expect(204);
    ana.delete(&path)
        .await
        .expect_problem(ProblemCode::NotFound);
    program
        .get("/api/me")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn a_session_cookie_is_no_bearer_token(app: TestApp) {
    let answer = app.anonymous().post("/api/setup", &ana()).await.expect(201);
    let secret = answer
        .header("set-cookie")
        .split(['=', ';'])
        .nth(1)
        .unwrap()
        .to_owned();
    app.anonymous()
        .with("authorization", &format!("Bearer {secret}"))
        .get("/api/tokens")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    app.anonymous()
        .with("authorization", "Basic YTpi")
        .get("/api/tokens")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}
