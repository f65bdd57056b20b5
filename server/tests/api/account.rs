//! One's own account: profile, picture, password, browsers.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "another horse battery";

pub(crate) async fn ana(app: &TestApp) -> Client {
    let wanted = json!({ "email": "ana@example.org", "name": "Ana", "password": PASSWORD });
    let answer = app.anonymous().post("/api/setup", &wanted).await;
    app.anonymous().keep_cookies(&answer.expect(201))
}

pub(crate) async fn sign_in(client: Client, email: &str, password: &str) -> Answer {
    let wanted = json!({ "email": email, "password": password });
    client.post("/api/session", &wanted).await
}

pub(crate) async fn signed_in(client: &Client) -> bool {
    let me: Value = client.get("/api/me").await.expect(200).json();
    me["user"] != Value::Null
}

async fn profile(client: &Client) -> Value {
    client.get("/api/me/profile").await.expect(200).json()
}

#[both]
async fn a_profile_is_changed_and_what_makes_no_sense_is_refused_by_field(app: TestApp) {
    let ana = ana(&app).await;
    let change = json!({ "name": " Ana\u{202e} Lima ", "time_zone": "Pacific/Kiritimati", "language": "pt-BR" });
    ana.patch("/api/me/profile", &change).await.expect(204);
    let long = "x".repeat(10_000);
    for (field, value) in [
        ("name", ""),
        ("name", "\u{200b}\u{2060}"),
        ("name", &long),
        ("time_zone", "Atlantis/Capital"),
        ("time_zone", &long),
        ("language", "\u{202e}de"),
        ("language", &long),
    ] {
        let bad = json!({ field: value, "language": value });
        let answer = ana.patch("/api/me/profile", &bad).await;
        let problem = answer.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field), "{value:.20}");
    }
    let found = profile(&ana).await;
    assert_eq!(found["name"], "Ana Lima");
    assert_eq!(
        (&found["time_zone"], &found["language"]),
        (&json!("Pacific/Kiritimati"), &json!("pt-BR"))
    );
    ana.patch("/api/me/profile", &json!({ "time_zone": null }))
        .await
        .expect(204);
    let me: Value = ana.get("/api/me").await.expect(200).json();
    assert_eq!(
        me["look"],
        json!({ "picture": null, "time_zone": null, "language": "pt-BR" })
    );
    app.anonymous()
        .get("/api/me/profile")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

/// A PNG of one colour.
fn png(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let row = usize::try_from(side).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![7; row * row]).unwrap();
    drop(writer);
    bytes
}

async fn put_picture(client: &Client, bytes: Vec<u8>) -> Answer {
    let request = Request::builder()
        .method(Method::PUT)
        .uri("/api/me/picture")
        .header("host", "aside.test")
        .header("content-type", "application/octet-stream")
        .header("content-length", bytes.len())
        .body(Body::from(bytes))
        .unwrap();
    client.request(request).await
}

#[both]
async fn a_picture_is_made_small_and_shown_to_members_alone(app: TestApp) {
    let ana = ana(&app).await;
    let set: Value = put_picture(&ana, png(900)).await.expect(200).json();
    let url = set["picture"].as_str().unwrap();
    let sam = app.sam().await;
    let shown = sam.get(url).await.expect(200);
    assert_eq!(shown.header("content-type"), "image/png");
    assert_eq!(shown.header("x-content-type-options"), "nosniff");
    assert!(shown.header("content-security-policy").contains("sandbox"));
    assert!(shown.header("cache-control").contains("private"));
    assert!(shown.body.starts_with(b"\x89PNG") && shown.body.len() < 10_000);
    let again = sam.clone().with("if-none-match", shown.header("etag"));
    again.get(url).await.expect(304);
    app.anonymous()
        .get(url)
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    for bad in [b"<svg onload='alert(1)'/>".to_vec(), Vec::new(), png(5000)] {
        let problem = put_picture(&ana, bad)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("picture"));
    }
    put_picture(&ana, vec![0; 6 * 1024 * 1024])
        .await
        .expect(413);
    let me: Value = ana.get("/api/me").await.expect(200).json();
    assert_eq!(
        me["look"]["picture"], url,
        "what was refused changed nothing"
    );
    ana.delete("/api/me/picture").await.expect(204);
    sam.get(url).await.expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_new_password_asks_for_the_old_one_and_ends_every_other_browser(app: TestApp) {
    let here = ana(&app).await;
    let there = sign_in(app.anonymous(), "ana@example.org", PASSWORD).await;
    let there = app.anonymous().keep_cookies(&there.expect(200));
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    for wrong in ["not this one", "", &"x".repeat(10_000)] {
        here.put("/api/me/password", &change(wrong, OTHER))
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    let short = here
        .put("/api/me/password", &change(PASSWORD, "short"))
        .await;
    let problem = short.expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("new"));
    assert!(signed_in(&there).await);
    here.put("/api/me/password", &change(PASSWORD, OTHER))
        .await
        .expect(204);
    assert!(signed_in(&here).await && !signed_in(&there).await);
    sign_in(app.anonymous(), "ana@example.org", PASSWORD)
        .await
        .expect_problem(ProblemCode::BadCredentials);
    sign_in(app.anonymous(), "ana@example.org", OTHER)
        .await
        .expect(200);
    // Sent twice, as by a double click: the second one finds another password.
    here.put("/api/me/password", &change(PASSWORD, OTHER))
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn who_stole_a_session_cannot_guess_the_password_with_it(app: TestApp) {
    let stolen = ana(&app).await;
    let guess = json!({ "old": "a guess at it", "new": OTHER });
    for _ in 0..10 {
        stolen
            .put("/api/me/password", &guess)
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    stolen
        .put("/api/me/password", &guess)
        .await
        .expect_problem(ProblemCode::TooManyRequests);
}

#[both]
async fn browsers_are_listed_by_device_and_place_and_ended_at_once(app: TestApp) {
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let here = ana(&app).await;
    app.clock.advance(Duration::from_secs(7200));
    let browser = app.anonymous().with("user-agent", firefox).at("192.0.2.7");
    let answer = sign_in(browser, "ana@example.org", PASSWORD).await;
    let there = app.anonymous().keep_cookies(&answer.expect(200));
    assert!(signed_in(&there).await);
    let list: Value = there.get("/api/me/sessions").await.expect(200).json();
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{list}");
    assert_eq!(
        (
            &sessions[0]["device"],
            &sessions[0]["address"],
            &sessions[0]["this"]
        ),
        (
            &json!("Firefox on Linux"),
            &json!("192.0.2.7"),
            &json!(true)
        )
    );
    let other = format!("/api/me/sessions/{}", sessions[1]["id"].as_str().unwrap());
    let sam = app.sam().await;
    sam.delete(&other)
        .await
        .expect_problem(ProblemCode::NotFound);
    there.delete(&other).await.expect(204);
    there
        .delete(&other)
        .await
        .expect_problem(ProblemCode::NotFound);
    assert!(!signed_in(&here).await && signed_in(&there).await);

    let third = sign_in(app.anonymous(), "ana@example.org", PASSWORD).await;
    let third = app.anonymous().keep_cookies(&third.expect(200));
    there.delete("/api/me/sessions").await.expect(204);
    assert!(signed_in(&there).await && !signed_in(&third).await);
}

#[both]
async fn all_tokens_end_but_the_one_that_asks_and_nobody_elses(app: TestApp) {
    let (sam, ben) = (app.sam().await, app.person("ben", Role::Member).await);
    for name in ["ci", "script"] {
        sam.post("/api/tokens", &json!({ "name": name }))
            .await
            .expect(201);
    }
    sam.delete("/api/tokens").await.expect(204);
    let list: Value = sam.get("/api/tokens").await.expect(200).json();
    assert_eq!(list["tokens"].as_array().unwrap().len(), 1, "{list}");
    assert!(signed_in(&ben).await);
}

#[both]
async fn what_is_changed_of_an_account_is_written_down_without_secrets(app: TestApp) {
    let ana = ana(&app).await;
    let name = json!({ "name": "Anna" });
    ana.patch("/api/me/profile", &name).await.expect(204);
    let change = json!({ "old": PASSWORD, "new": OTHER });
    ana.put("/api/me/password", &change).await.expect(204);
    let audit = ana.get("/api/audit").await.expect(200).text();
    for action in ["profile_changed", "password_changed"] {
        assert!(audit.contains(action), "{audit}");
    }
    assert!(
        !audit.contains(OTHER) && !audit.contains("argon2"),
        "{audit}"
    );
}
