//! Passkeys: made, shown at the sign-in and as a proof, taken away.

mod bad_input;
mod device;

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::service::account::{NewAccount, add};
use aside_server::service::factors;
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::account::{ana, sign_in, signed_in};
use crate::people;
use device::{Device, base64url};

const PASSWORD: &str = "correct horse battery";

/// Somebody else with a password, signed in.
async fn jo(app: &TestApp) -> Client {
    let wanted = NewAccount {
        email: "jo@example.org".parse().unwrap(),
        name: "Jo".to_owned(),
        role: Role::Member,
        password: aside_server::domain::account::Password::new(PASSWORD).unwrap(),
    };
    add(&app.app, &app.app.passwords, wanted).await.unwrap();
    let answer = sign_in(app.anonymous(), "jo@example.org", PASSWORD).await;
    app.anonymous().keep_cookies(&answer.expect(200))
}

async fn begin(who: &Client, proof: &Value) -> Value {
    who.post("/api/me/passkeys", proof).await.expect(200).json()
}

async fn confirm(who: &Client, name: &str, credential: &Value) -> Answer {
    let made = json!({ "name": name, "credential": credential });
    who.post("/api/me/passkeys/confirm", &made).await
}

/// Makes a passkey by the password; answers the codes that were shown.
async fn added(who: &Client, device: &mut Device) -> Vec<String> {
    let options = begin(who, &json!({ "password": PASSWORD })).await;
    let codes: Value = confirm(who, "My key", &device.make(&options))
        .await
        .expect(200)
        .json();
    serde_json::from_value(codes["codes"].clone()).unwrap()
}

/// What a browser is asked for by the sign-in page.
async fn asked(app: &TestApp) -> Value {
    let choice: Value = app
        .anonymous()
        .post("/api/session/passkey", &json!({}))
        .await
        .expect(200)
        .json();
    choice["passkey"].clone()
}

async fn sign_in_by(app: &TestApp, answer: &Value) -> Answer {
    app.anonymous()
        .post("/api/session/passkey/confirm", answer)
        .await
}

async fn standing(who: &Client) -> Value {
    who.get("/api/me/two-factor").await.expect(200).json()
}

/// A proof by a passkey.
async fn proof(who: &Client, device: &mut Device) -> Value {
    let options: Value = who
        .post("/api/me/passkeys/question", &json!({}))
        .await
        .expect(200)
        .json();
    json!({ "passkey": device.answer(&options) })
}

async fn remove(who: &Client, device: &Device, proof: &Value, turns_off: bool) -> Answer {
    let id = base64url(&device.id);
    let wanted = json!({ "proof": proof, "turns_off": turns_off });
    who.post(&format!("/api/me/passkeys/{id}/remove"), &wanted)
        .await
}

#[both]
async fn a_passkey_signs_in_alone_and_the_password_does_so_no_more(app: TestApp) {
    let ana = ana(&app).await;
    let mut key = Device::p256(b"a security key");
    let options = begin(&ana, &json!({ "password": PASSWORD })).await;
    assert_eq!(options["rp"]["id"], "aside.test");
    let wanted = &options["authenticatorSelection"]["userVerification"];
    assert_eq!(wanted, "required", "it stands for both factors");
    confirm(&ana, "My key", &key.make(&options))
        .await
        .expect(200);
    app.clock.advance(Duration::from_secs(1));
    let mut phone = Device::ed25519(b"a phone");
    let shown = proof(&ana, &mut key).await;
    let options = begin(&ana, &shown).await;
    let known = options["excludeCredentials"][0]["id"].as_str();
    assert_eq!(known, Some(base64url(&key.id).as_str()));
    confirm(&ana, "My phone", &phone.make(&options))
        .await
        .expect(200);
    for device in [&mut key, &mut phone] {
        let question = asked(&app).await;
        let nobody = &question["allowCredentials"];
        assert_eq!(*nobody, json!([]), "who has an account is not told");
        let answer = sign_in_by(&app, &device.answer(&question))
            .await
            .expect(200);
        assert_eq!(answer.json::<Value>()["email"], "ana@example.org");
        assert!(signed_in(&app.anonymous().keep_cookies(&answer)).await);
    }
    sign_in(app.anonymous(), "ana@example.org", PASSWORD)
        .await
        .expect_problem(ProblemCode::SecondFactorNeeded);
    let now = standing(&ana).await;
    let names = [&now["passkeys"][0]["name"], &now["passkeys"][1]["name"]];
    assert_eq!(names, ["My key", "My phone"]);
    assert!(now["passkeys"][0]["last_used_at"].is_number(), "{now}");
    assert!(signed_in(&ana).await, "who is signed in stays so");
}

#[both]
async fn who_knows_the_password_is_asked_for_their_own_passkeys_alone(app: TestApp) {
    let (ana, jo) = (ana(&app).await, jo(&app).await);
    let (mut anas, mut jos) = (Device::p256(b"ana's"), Device::p256(b"jo's"));
    // As a key that remembers nothing: it answers when it is named, and does not say whose it is.
    added(&ana, &mut anas).await;
    added(&jo, &mut jos).await;
    anas.handle = None;
    let wanted = json!({ "email": "ana@example.org", "password": PASSWORD });
    let ask = async || -> Value {
        let answer = app.anonymous().post("/api/session/passkey", &wanted).await;
        answer.expect(200).json()
    };
    let choice = ask().await;
    let named = &choice["passkey"]["allowCredentials"];
    let only = json!([{ "id": base64url(&anas.id), "type": "public-key", "transports": ["usb"] }]);
    assert_eq!((named, &choice["app"]), (&only, &json!(false)));
    sign_in_by(&app, &anas.answer(&choice["passkey"]))
        .await
        .expect(200);
    let choice = ask().await;
    sign_in_by(&app, &jos.answer(&choice["passkey"]))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let wrong = json!({ "email": "ana@example.org", "password": "not this one" });
    app.anonymous()
        .post("/api/session/passkey", &wrong)
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn recovery_codes_come_with_the_first_and_the_last_one_is_not_removed_silently(app: TestApp) {
    let ana = ana(&app).await;
    let mut key = Device::p256(b"key");
    let codes = added(&ana, &mut key).await;
    assert_eq!(codes.len(), 10);
    let sign_in_with = async |code: &str| {
        let wanted = json!({ "email": "ana@example.org", "password": PASSWORD, "code": code });
        app.anonymous().post("/api/session", &wanted).await
    };
    sign_in_with(&codes[0]).await.expect(200);
    sign_in_with(&codes[0])
        .await
        .expect_problem(ProblemCode::BadCredentials);

    // A password alone changes nothing any more, and neither does a wrong code.
    let password = json!({ "password": PASSWORD });
    for path in [
        "/api/me/passkeys",
        "/api/me/two-factor",
        "/api/me/two-factor/recovery-codes",
    ] {
        ana.post(path, &password)
            .await
            .expect_problem(ProblemCode::SecondFactorNeeded);
    }
    remove(&ana, &key, &password, true)
        .await
        .expect_problem(ProblemCode::SecondFactorNeeded);
    remove(&ana, &key, &json!({ "code": "000000" }), true)
        .await
        .expect_problem(ProblemCode::Invalid);

    let last = remove(&ana, &key, &json!({ "code": codes[1] }), false).await;
    let problem = last.expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("turns_off"));
    let now = standing(&ana).await;
    assert_eq!(now["recovery_codes"], 9, "the code was not used up");

    // A second one brings no other codes; then one of the two may go.
    let mut other = Device::p256(b"other");
    let shown = proof(&ana, &mut key).await;
    let options = begin(&ana, &shown).await;
    let made = confirm(&ana, "Other", &other.make(&options)).await;
    assert_eq!(made.expect(200).json::<Value>()["codes"], json!([]));
    let shown = proof(&ana, &mut other).await;
    remove(&ana, &key, &shown, false).await.expect(204);
    let question = asked(&app).await;
    sign_in_by(&app, &key.answer(&question))
        .await
        .expect_problem(ProblemCode::BadCredentials);

    let new = json!({ "code": codes[1] });
    let new = ana.post("/api/me/two-factor/recovery-codes", &new).await;
    assert_eq!(
        new.expect(200).json::<Value>()["codes"][9]
            .as_str()
            .map(str::len),
        Some(11)
    );
    let shown = proof(&ana, &mut other).await;
    remove(&ana, &other, &shown, true).await.expect(204);
    sign_in(app.anonymous(), "ana@example.org", PASSWORD)
        .await
        .expect(200);
    assert_eq!(standing(&ana).await["recovery_codes"], 0);
    let audit = ana.get("/api/audit").await.expect(200).text();
    for action in ["passkey_added", "passkey_removed"] {
        assert!(audit.contains(action), "{audit}");
    }
}

#[both]
async fn one_that_was_renamed_keeps_counting_and_nobody_elses_is_touched(app: TestApp) {
    let (ana, jo) = (ana(&app).await, jo(&app).await);
    let mut key = Device::p256(b"key");
    added(&ana, &mut key).await;
    added(&jo, &mut Device::p256(b"jo's")).await;
    let path = format!("/api/me/passkeys/{}", base64url(&key.id));
    ana.patch(&path, &json!({ "name": " Blue\u{200b} key " }))
        .await
        .expect(204);
    for name in ["", "\u{200b}", "\u{202e}", &"x".repeat(10_000)] {
        let answer = ana.patch(&path, &json!({ "name": name })).await;
        let problem = answer.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("name"), "{name:.20}");
    }
    assert_eq!(standing(&ana).await["passkeys"][0]["name"], "Blue key");
    jo.patch(&path, &json!({ "name": "Mine" }))
        .await
        .expect_problem(ProblemCode::NotFound);
    let shown = proof(&jo, &mut key).await;
    remove(&jo, &key, &shown, true)
        .await
        .expect_problem(ProblemCode::Invalid);
    let question = asked(&app).await;
    sign_in_by(&app, &key.answer(&question)).await.expect(200);
}

/// Or whoever took over a session would change its ways of signing in by a key of their own account.
#[both]
async fn a_key_of_another_account_proves_nothing(app: TestApp) {
    let (ana, jo) = (ana(&app).await, jo(&app).await);
    let (mut key, mut other) = (Device::p256(b"key"), Device::p256(b"jo's"));
    added(&ana, &mut key).await;
    added(&jo, &mut other).await;
    let before = standing(&ana).await;
    for turns_off in [false, true] {
        let shown = proof(&jo, &mut other).await;
        remove(&ana, &key, &shown, turns_off)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    let shown = proof(&jo, &mut other).await;
    ana.post("/api/me/passkeys", &shown)
        .await
        .expect_problem(ProblemCode::Invalid);
    assert_eq!(standing(&ana).await, before);
    let shown = proof(&ana, &mut key).await;
    begin(&ana, &shown).await;
}

#[both]
async fn whoever_runs_the_server_takes_them_away_and_an_end_of_the_account_does_too(app: TestApp) {
    let (ana, jo) = (ana(&app).await, jo(&app).await);
    let (mut anas, mut jos) = (Device::p256(b"ana's"), Device::p256(b"jo's"));
    added(&ana, &mut anas).await;
    added(&jo, &mut jos).await;
    let email = "jo@example.org".parse().unwrap();
    assert_eq!(factors::reset(&app.app, &email).await.unwrap(), Some(true));
    let answer = sign_in(app.anonymous(), "jo@example.org", PASSWORD).await;
    let jo = app.anonymous().keep_cookies(&answer.expect(200));
    let question = asked(&app).await;
    sign_in_by(&app, &jos.answer(&question))
        .await
        .expect_problem(ProblemCode::BadCredentials);

    added(&jo, &mut jos).await;
    people::change(&ana, "Jo", &json!({ "active": false }))
        .await
        .expect(200);
    let question = asked(&app).await;
    sign_in_by(&app, &jos.answer(&question))
        .await
        .expect_problem(ProblemCode::Forbidden);
    let gone = json!({ "recordings_to": null, "with_comments": false });
    people::delete(&ana, "Jo", &gone).await.expect(204);
    assert!(app.app.store.passkey(&jos.id).await.unwrap().is_none());
    let question = asked(&app).await;
    sign_in_by(&app, &jos.answer(&question))
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn what_was_begun_while_a_password_was_enough_ends_with_the_first_second_factor(
    app: TestApp,
) {
    let ana = ana(&app).await;
    let password = json!({ "password": PASSWORD });
    let early = begin(&ana, &password).await;
    let app_begun = ana.post("/api/me/two-factor", &password).await;
    app_begun.expect(200);
    added(&ana, &mut Device::p256(b"key")).await;
    confirm(&ana, "Thief's", &Device::p256(b"thief's").make(&early))
        .await
        .expect_problem(ProblemCode::Invalid);
    let late = ana
        .post("/api/me/two-factor/confirm", &json!({ "code": "000000" }))
        .await;
    let problem = late.expect_problem(ProblemCode::Invalid);
    assert!(problem.detail.unwrap().contains("is off"));
}

#[both]
async fn questions_from_one_address_are_limited_and_others_are_not_locked_out(app: TestApp) {
    let here = app.anonymous().at("198.51.100.7");
    let mut asked = 0;
    let refused = loop {
        let answer = here.post("/api/session/passkey", &json!({})).await;
        if answer.status != 200 {
            break answer;
        }
        asked += 1;
    };
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    refused.expect_problem(ProblemCode::TooManyRequests);
    assert!(asked >= 20, "a whole office sits behind one address");
    let elsewhere = app.anonymous().at("198.51.101.7");
    elsewhere
        .post("/api/session/passkey", &json!({}))
        .await
        .expect(200);
    app.clock.advance(Duration::from_secs(wait));
    here.post("/api/session/passkey", &json!({}))
        .await
        .expect(200);
}
