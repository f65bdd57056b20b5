//! Who the client is: limits that nobody can turn against somebody else, addresses behind proxies,
//! https that ends before the server.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::proxy_notice;
use aside_server::testing::{Answer, Client, Take, TestApp};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const PROXY: &str = "10.0.0.1";

async fn set_up(app: &TestApp) {
    let ana = json!({ "email": "ana@example.org", "name": "Ana", "password": PASSWORD });
    app.anonymous().post("/api/setup", &ana).await.expect(201);
}

async fn sign_in(client: &Client, password: &str) -> Answer {
    let wanted = json!({ "email": "ana@example.org", "password": password });
    client.post("/api/session", &wanted).await
}

async fn comment(client: &Client, take: &Take, name: &str) -> Answer {
    let new = json!({ "at_ms": 0, "body": "Hello.", "guest_name": name });
    let path = format!("/api/watch/{}/comments", take.slug);
    client.post(&path, &new).await
}

fn trusting(app: TestApp) -> TestApp {
    app.configured(|config| config.trusted_proxies = "10.0.0.0/8".parse().unwrap())
}

/// A client behind the proxy; `before` is what it forged.
fn behind(app: &TestApp, before: &str, address: &str) -> Client {
    let list = format!("{before}{address}");
    app.anonymous().at(PROXY).with("x-forwarded-for", &list)
}

#[both]
async fn a_right_password_from_elsewhere_gets_in_whatever_a_stranger_tries(app: TestApp) {
    set_up(&app).await;
    let stranger = app.anonymous().at("192.0.2.5");
    for _ in 0..10 {
        sign_in(&stranger, "wrong horse")
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    sign_in(&stranger, "wrong horse")
        .await
        .expect_problem(ProblemCode::TooManyRequests);
    sign_in(&app.anonymous().at("192.0.2.9"), PASSWORD)
        .await
        .expect(200);
    sign_in(&stranger, PASSWORD)
        .await
        .expect_problem(ProblemCode::TooManyRequests);
}

#[both]
async fn right_passwords_are_not_counted(app: TestApp) {
    set_up(&app).await;
    for _ in 0..60 {
        sign_in(&app.anonymous().at("192.0.2.5"), PASSWORD)
            .await
            .expect(200);
    }
}

#[both]
async fn who_tries_many_accounts_is_stopped_by_address(app: TestApp) {
    let stranger = app.anonymous().at("2001:db8::1");
    for n in 0..50 {
        let wanted = json!({ "email": format!("p{n}@example.org"), "password": "wrong horse" });
        stranger
            .post("/api/session", &wanted)
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    let wanted = json!({ "email": "one-more@example.org", "password": "wrong horse" });
    let neighbour = app.anonymous().at("2001:db8::ffff");
    neighbour
        .post("/api/session", &wanted)
        .await
        .expect_problem(ProblemCode::TooManyRequests);
    app.anonymous()
        .at("2001:db8:0:1::1")
        .post("/api/session", &wanted)
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn behind_a_trusted_proxy_each_client_has_its_own_limit_and_a_forged_header_none(
    app: TestApp,
) {
    let app = trusting(app);
    set_up(&app).await;
    for n in 0..10 {
        let forged = format!("203.0.113.{n}, ");
        sign_in(&behind(&app, &forged, "192.0.2.5"), "wrong horse")
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    sign_in(&behind(&app, "203.0.113.99, ", "192.0.2.5"), PASSWORD)
        .await
        .expect_problem(ProblemCode::TooManyRequests);
    sign_in(&behind(&app, "", "192.0.2.9"), PASSWORD)
        .await
        .expect(200);
}

#[both]
async fn from_who_is_no_trusted_proxy_the_header_counts_for_nothing(app: TestApp) {
    set_up(&app).await;
    for n in 0..10 {
        let forger = app
            .anonymous()
            .at("192.0.2.5")
            .with("x-forwarded-for", &format!("203.0.113.{n}"));
        sign_in(&forger, "wrong horse")
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    let forger = app
        .anonymous()
        .at("192.0.2.5")
        .with("x-forwarded-for", "203.0.113.99");
    sign_in(&forger, "wrong horse")
        .await
        .expect_problem(ProblemCode::TooManyRequests);
}

#[both]
async fn ten_guests_behind_one_address_can_all_comment_and_one_of_them_not_for_ever(app: TestApp) {
    let take = Take::new(1, 2);
    app.sam().await.create(&take).await.expect(201);
    let office = app.anonymous().at("192.0.2.5");
    let mut guests = Vec::new();
    for n in 0..10 {
        let answer = comment(&office, &take, &format!("Guest {n}"))
            .await
            .expect(201);
        guests.push(office.clone().keep_cookies(&answer));
    }
    let loud = &guests[0];
    for _ in 0..10 {
        comment(loud, &take, "Guest 0").await.expect(201);
    }
    let answer = comment(loud, &take, "Guest 0").await;
    assert_eq!(answer.header("retry-after"), "7");
    answer.expect_problem(ProblemCode::TooManyRequests);
    comment(&guests[1], &take, "Guest 1").await.expect(201);
    app.clock.advance(Duration::from_secs(6));
    comment(loud, &take, "Guest 0").await.expect(201);
}

#[both]
async fn who_always_comes_as_somebody_new_is_stopped_by_address(app: TestApp) {
    let take = Take::new(1, 2);
    app.sam().await.create(&take).await.expect(201);
    let stranger = app.anonymous().at("192.0.2.5");
    for n in 0..30 {
        comment(&stranger, &take, &format!("Guest {n}"))
            .await
            .expect(201);
    }
    comment(&stranger, &take, "One more")
        .await
        .expect_problem(ProblemCode::TooManyRequests);
    comment(&app.anonymous().at("192.0.2.6"), &take, "Ben")
        .await
        .expect(201);
}

#[both]
async fn codes_for_recorders_are_few_for_each_address(app: TestApp) {
    let form = [("client_id", "aside-recorder"), ("name", "laptop")];
    let stranger = app.anonymous().at("192.0.2.5");
    for _ in 0..20 {
        stranger
            .form("/api/device/authorize", &form)
            .await
            .expect(200);
    }
    stranger
        .form("/api/device/authorize", &form)
        .await
        .expect_problem(ProblemCode::TooManyRequests);
    app.anonymous()
        .at("192.0.2.6")
        .form("/api/device/authorize", &form)
        .await
        .expect(200);
}

#[both]
async fn behind_a_trusted_proxy_that_speaks_https_links_say_so_and_cookies_are_secure(
    app: TestApp,
) {
    let app = trusting(app);
    let client = app
        .anonymous()
        .at(PROXY)
        .with("x-forwarded-proto", "https")
        .with("x-forwarded-host", "aside.example.org");
    let ana = json!({ "email": "ana@example.org", "name": "Ana", "password": PASSWORD });
    let answer = client
        .clone()
        .with("origin", "https://aside.example.org")
        .post("/api/setup", &ana)
        .await
        .expect(201);
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-") && cookie.contains("; Secure"),
        "{cookie}"
    );
    let signed_in = client
        .clone()
        .keep_cookies(&answer)
        .with("origin", "https://aside.example.org");
    let me: Value = signed_in.get("/api/me").await.json();
    assert_eq!(me["user"]["name"], "Ana");
    signed_in
        .post("/api/tokens", &json!({ "name": "ci" }))
        .await
        .expect(201);
    signed_in
        .with("origin", "http://aside.example.org")
        .post("/api/tokens", &json!({ "name": "ci" }))
        .await
        .expect_problem(ProblemCode::CrossSite);
    let form = [("client_id", "aside-recorder"), ("name", "laptop")];
    let code: Value = client.form("/api/device/authorize", &form).await.json();
    assert_eq!(code["verification_uri"], "https://aside.example.org/device");
}

#[both]
async fn https_through_a_proxy_that_is_not_trusted_is_noticed_for_the_doctor(app: TestApp) {
    let client = app.anonymous().at(PROXY).with("x-forwarded-proto", "https");
    let form = [("client_id", "aside-recorder"), ("name", "laptop")];
    let code: Value = client.form("/api/device/authorize", &form).await.json();
    assert_eq!(code["verification_uri"], "http://aside.test/device");
    // Written in a task of its own.
    let mut noticed = None;
    while noticed.is_none() {
        tokio::task::yield_now().await;
        noticed = proxy_notice::noticed(&app.app.store).await.unwrap();
    }
    assert_eq!(noticed.as_deref(), Some(PROXY));
}

#[both]
async fn where_people_come_by_https_browsers_are_told_to_keep_to_it(app: TestApp) {
    assert_eq!(
        app.anonymous()
            .get("/healthz")
            .await
            .header("strict-transport-security"),
        ""
    );
    let app = app.configured(|config| {
        config.public_url = Some("https://aside.example.org".parse().unwrap());
    });
    assert_eq!(
        app.anonymous()
            .get("/healthz")
            .await
            .header("strict-transport-security"),
        "max-age=15552000"
    );
}

#[tokio::test]
async fn two_servers_on_one_host_do_not_sign_each_other_out() {
    let (one, two) = (TestApp::sqlite().await, TestApp::seeded(2).await);
    let mut jar = Vec::new();
    for app in [&one, &two] {
        let ana = json!({ "email": "ana@example.org", "name": "Ana", "password": PASSWORD });
        let answer = app.anonymous().post("/api/setup", &ana).await.expect(201);
        let pair = answer.header("set-cookie").split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        // A browser replaces a cookie of the same name.
        jar.retain(|(other, _): &(String, String)| other != name);
        jar.push((name.to_owned(), value.to_owned()));
    }
    let cookies: Vec<String> = jar.iter().map(|(n, v)| format!("{n}={v}")).collect();
    for app in [&one, &two] {
        let browser = app.anonymous().with("cookie", &cookies.join("; "));
        let me: Value = browser.get("/api/me").await.json();
        assert_eq!(me["user"]["name"], "Ana");
    }
}
