//! A second factor: set up, asked for, used once, turned off.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::two_factor::{SECRET, TwoFactor};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::account::{ana, signed_in};

const PASSWORD: &str = "correct horse battery";
const STEP: Duration = Duration::from_secs(30);

/// What an authenticator app does: codes of a secret, by the clock of the test.
struct Phone {
    secret: [u8; SECRET],
}

impl Phone {
    fn scanning(secret: &str) -> Self {
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        Self {
            secret: secret.as_ref().try_into().unwrap(),
        }
    }

    fn code(&self, app: &TestApp) -> String {
        let seconds = u64::try_from(app.app.now().micros() / 1_000_000).unwrap();
        let factor = TwoFactor {
            secret: self.secret,
            confirmed: true,
            last_step: 0,
        };
        let step = i64::try_from(seconds / 30).unwrap();
        // The one of a million that counts for this step and for no other.
        let totp = totp_rs::Builder::new()
            .with_secret(self.secret)
            .build_noncompliant();
        let code = totp.generate(seconds).to_string();
        assert_eq!(factor.step_of(&code, seconds), Some(step));
        code
    }
}

async fn sign_in(app: &TestApp, code: Option<&str>) -> Answer {
    let mut wanted = json!({ "email": "ana@example.org", "password": PASSWORD });
    if let Some(code) = code {
        wanted["code"] = json!(code);
    }
    app.anonymous().post("/api/session", &wanted).await
}

async fn with_code(client: &Client, path: &str, code: &str) -> Answer {
    client
        .post(
            &format!("/api/me/two-factor{path}"),
            &json!({ "code": code }),
        )
        .await
}

/// Turns it on; answers the phone and the recovery codes.
async fn turned_on(app: &TestApp, ana: &Client) -> (Phone, Vec<String>) {
    let begun: Value = ana
        .post("/api/me/two-factor", &json!({ "password": PASSWORD }))
        .await
        .expect(200)
        .json();
    assert!(
        begun["url"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/"),
        "{begun}"
    );
    assert!(begun["qr_path"].as_str().unwrap().len() > 1000);
    let phone = Phone::scanning(begun["secret"].as_str().unwrap());
    sign_in(app, None).await.expect(200);
    let codes: Value = with_code(ana, "/confirm", &phone.code(app))
        .await
        .expect(200)
        .json();
    let codes: Vec<String> = serde_json::from_value(codes["codes"].clone()).unwrap();
    app.clock.advance(STEP);
    (phone, codes)
}

#[both]
async fn after_it_is_on_a_password_alone_signs_nobody_in(app: TestApp) {
    let ana = ana(&app).await;
    let token: Value = ana
        .post("/api/tokens", &json!({ "name": "ci" }))
        .await
        .expect(201)
        .json();
    let (phone, codes) = turned_on(&app, &ana).await;
    assert_eq!(codes.len(), 10);
    sign_in(&app, None)
        .await
        .expect_problem(ProblemCode::SecondFactorNeeded);
    for wrong in ["", "000000", "12345678901234567890", "\u{202e}123456"] {
        sign_in(&app, Some(wrong))
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    sign_in(&app, Some(&phone.code(&app))).await.expect(200);
    // Who is signed in stays so, and programs are not asked.
    assert!(signed_in(&ana).await);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    assert!(signed_in(&app.anonymous().with("authorization", &bearer)).await);
    let standing: Value = ana.get("/api/me/two-factor").await.expect(200).json();
    assert_eq!(
        standing,
        json!({ "on": true, "passkeys": [], "recovery_codes": 10 })
    );
}

#[both]
async fn a_wrong_password_does_not_tell_whether_there_is_a_second_factor(app: TestApp) {
    let ana = ana(&app).await;
    turned_on(&app, &ana).await;
    let wanted = json!({ "email": "ana@example.org", "password": "not this one" });
    app.anonymous()
        .post("/api/session", &wanted)
        .await
        .expect_problem(ProblemCode::BadCredentials);
}

#[both]
async fn a_code_that_was_used_is_refused(app: TestApp) {
    let ana = ana(&app).await;
    let (phone, _) = turned_on(&app, &ana).await;
    let code = phone.code(&app);
    sign_in(&app, Some(&code)).await.expect(200);
    for _ in 0..2 {
        sign_in(&app, Some(&code))
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    with_code(&ana, "/off", &code)
        .await
        .expect_problem(ProblemCode::Invalid);
    app.clock.advance(STEP);
    sign_in(&app, Some(&phone.code(&app))).await.expect(200);
}

#[both]
async fn of_two_sign_ins_at_once_with_one_code_one_gets_in(app: TestApp) {
    let ana = ana(&app).await;
    let (phone, _) = turned_on(&app, &ana).await;
    let code = phone.code(&app);
    let both =
        futures_util::future::join(sign_in(&app, Some(&code)), sign_in(&app, Some(&code))).await;
    let mut answers = [both.0.status.as_u16(), both.1.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 401]);
}

#[both]
async fn a_recovery_code_lets_in_once_and_new_ones_end_the_old(app: TestApp) {
    let ana = ana(&app).await;
    let (phone, codes) = turned_on(&app, &ana).await;
    sign_in(&app, Some(&codes[0].to_uppercase()))
        .await
        .expect(200);
    sign_in(&app, Some(&codes[0]))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let new: Value = with_code(&ana, "/recovery-codes", &phone.code(&app))
        .await
        .expect(200)
        .json();
    assert_eq!(new["codes"].as_array().unwrap().len(), 10);
    sign_in(&app, Some(&codes[1]))
        .await
        .expect_problem(ProblemCode::BadCredentials);
    sign_in(&app, new["codes"][0].as_str()).await.expect(200);
}

#[both]
async fn codes_cannot_be_guessed_one_after_the_other(app: TestApp) {
    let ana = ana(&app).await;
    let (phone, _) = turned_on(&app, &ana).await;
    for n in 0..10 {
        // From a new address each time: the account counts.
        let wanted = json!({ "email": "ana@example.org", "password": PASSWORD, "code": format!("00000{n}") });
        let one = app.anonymous().at(&format!("198.51.100.{n}"));
        one.post("/api/session", &wanted)
            .await
            .expect_problem(ProblemCode::BadCredentials);
    }
    let answer = sign_in(&app, Some(&phone.code(&app))).await;
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    answer.expect_problem(ProblemCode::TooManyRequests);
    app.clock.advance(Duration::from_secs(wait));
    sign_in(&app, Some(&phone.code(&app))).await.expect(200);
}

#[both]
async fn it_is_set_up_with_the_password_and_turned_off_with_a_code_alone(app: TestApp) {
    let ana = ana(&app).await;
    let begin = async |password: &str| {
        let wanted = json!({ "password": password });
        ana.post("/api/me/two-factor", &wanted).await
    };
    begin("not this one")
        .await
        .expect_problem(ProblemCode::BadCredentials);
    with_code(&ana, "/confirm", "000000")
        .await
        .expect_problem(ProblemCode::Invalid);
    let (phone, codes) = turned_on(&app, &ana).await;
    begin(PASSWORD).await.expect_problem(ProblemCode::Invalid);
    for wrong in ["", "000000", PASSWORD, &"1".repeat(10_000)] {
        with_code(&ana, "/off", wrong)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    with_code(&ana, "/off", &phone.code(&app)).await.expect(204);
    sign_in(&app, None).await.expect(200);
    sign_in(&app, Some(&codes[0])).await.expect(200);
    let audit = ana.get("/api/audit").await.expect(200).text();
    assert!(
        audit.contains("two_factor_on") && audit.contains("two_factor_off"),
        "{audit}"
    );
}

#[both]
async fn a_stolen_session_without_the_password_sets_up_nothing(app: TestApp) {
    app.anonymous()
        .post("/api/me/two-factor", &json!({ "password": PASSWORD }))
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    let sam = app.sam().await;
    sam.post("/api/me/two-factor", &json!({ "password": "" }))
        .await
        .expect_problem(ProblemCode::Forbidden);
}
