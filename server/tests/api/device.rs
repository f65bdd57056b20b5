//! The recorder signs in with a short code.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::device::{
    DEVICE_GRANT, DeviceAuthorization, DeviceError, DeviceRefusal, DeviceToken,
};
use aside_protocol::problem::ProblemCode;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Answer, TestApp};
use serde_json::{Value, json};

async fn authorize(app: &TestApp) -> DeviceAuthorization {
    app.anonymous()
        .form(
            "/api/device/authorize",
            &[("client_id", "aside-recorder"), ("name", "sam-laptop")],
        )
        .await
        .expect(200)
        .json()
}

async fn poll(app: &TestApp, code: &DeviceAuthorization) -> Answer {
    let form = [
        ("grant_type", DEVICE_GRANT),
        ("device_code", &code.device_code),
        ("client_id", "aside-recorder"),
    ];
    app.anonymous().form("/api/device/token", &form).await
}

fn refused(answer: Answer) -> DeviceError {
    answer.expect(400).json::<DeviceRefusal>().error
}

#[both]
async fn a_recorder_gets_a_token_when_the_person_says_yes(app: TestApp) {
    let sam = app.sam().await;
    let code = authorize(&app).await;
    assert_eq!(code.verification_uri, "http://aside.test/device");
    assert_eq!(
        refused(poll(&app, &code).await),
        DeviceError::AuthorizationPending
    );
    let seen: Value = sam
        .get(&format!("/api/device/{}", code.user_code))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (seen["name"].as_str(), seen["state"].as_str()),
        (Some("sam-laptop"), Some("pending"))
    );
    let typed = code.user_code.to_lowercase().replace('-', "");
    sam.post(&format!("/api/device/{typed}/approve"), &json!({}))
        .await
        .expect(204);
    let token: DeviceToken = poll(&app, &code).await.expect(200).json();
    let recorder = app.anonymous().with(
        "authorization",
        &format!("{} {}", token.token_type, token.access_token),
    );
    assert_eq!(
        recorder.get("/api/me").await.expect(200).json::<Value>()["user"]["name"],
        "sam"
    );
    let list: Value = sam.get("/api/tokens").await.json();
    assert!(
        list["tokens"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| t["kind"] == "device" && t["name"] == "sam-laptop")
    );
    assert_eq!(
        refused(poll(&app, &code).await),
        DeviceError::ExpiredToken,
        "the token is given once"
    );
}

#[both]
async fn a_no_is_final(app: TestApp) {
    let sam = app.sam().await;
    let code = authorize(&app).await;
    let path = format!("/api/device/{}", code.user_code);
    sam.post(&format!("{path}/deny"), &json!({}))
        .await
        .expect(204);
    sam.post(&format!("{path}/approve"), &json!({}))
        .await
        .expect_problem(ProblemCode::NotFound);
    assert_eq!(refused(poll(&app, &code).await), DeviceError::AccessDenied);
}

#[both]
async fn a_code_is_void_after_a_quarter_of_an_hour(app: TestApp) {
    let sam = app.sam().await;
    let code = authorize(&app).await;
    app.clock.advance(Duration::from_secs(code.expires_in));
    sam.get(&format!("/api/device/{}", code.user_code))
        .await
        .expect_problem(ProblemCode::NotFound);
    sam.post(
        &format!("/api/device/{}/approve", code.user_code),
        &json!({}),
    )
    .await
    .expect_problem(ProblemCode::NotFound);
    assert_eq!(refused(poll(&app, &code).await), DeviceError::ExpiredToken);
}

#[both]
async fn a_poll_that_changes_nothing_waits_for_no_write(app: TestApp) {
    let code = authorize(&app).await;
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let writer = tokio::spawn({
        let store = app.app.store.clone();
        async move {
            store
                .write(async |_: &mut Tx| -> Result<(), StoreError> {
                    let _ = begun.send(());
                    std::future::pending().await
                })
                .await
        }
    });
    has_begun.await.unwrap();
    assert_eq!(
        refused(poll(&app, &code).await),
        DeviceError::AuthorizationPending
    );
    assert_eq!(refused(poll(&app, &code).await), DeviceError::SlowDown);
    let unknown = DeviceAuthorization {
        device_code: "x".to_owned(),
        ..code
    };
    assert_eq!(
        refused(poll(&app, &unknown).await),
        DeviceError::ExpiredToken
    );
    writer.abort();
}

#[both]
async fn who_polls_too_often_is_told_to_slow_down(app: TestApp) {
    let code = authorize(&app).await;
    assert_eq!(
        refused(poll(&app, &code).await),
        DeviceError::AuthorizationPending
    );
    assert_eq!(refused(poll(&app, &code).await), DeviceError::SlowDown);
    app.clock.advance(Duration::from_secs(code.interval));
    assert_eq!(
        refused(poll(&app, &code).await),
        DeviceError::AuthorizationPending
    );
}

#[both]
async fn a_stranger_can_neither_see_nor_approve_a_code(app: TestApp) {
    let code = authorize(&app).await;
    let path = format!("/api/device/{}", code.user_code);
    app.anonymous()
        .get(&path)
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    app.anonymous()
        .post(&format!("{path}/approve"), &json!({}))
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn what_is_no_device_request_is_refused_in_the_words_of_the_rfc(app: TestApp) {
    let nobody = app.anonymous();
    let form =
        async |pairs: &[(&str, &str)]| refused(nobody.form("/api/device/token", pairs).await);
    assert_eq!(form(&[]).await, DeviceError::InvalidRequest);
    assert_eq!(
        form(&[
            ("grant_type", "password"),
            ("device_code", "x"),
            ("client_id", "aside-recorder")
        ])
        .await,
        DeviceError::UnsupportedGrantType
    );
    assert_eq!(
        form(&[
            ("grant_type", DEVICE_GRANT),
            ("device_code", "x"),
            ("client_id", "other")
        ])
        .await,
        DeviceError::InvalidRequest
    );
    assert_eq!(
        form(&[
            ("grant_type", DEVICE_GRANT),
            ("device_code", "x"),
            ("client_id", "aside-recorder")
        ])
        .await,
        DeviceError::ExpiredToken
    );
    nobody
        .post("/api/device/token", &json!({}))
        .await
        .expect_problem(ProblemCode::UnsupportedMediaType);
    assert_eq!(
        refused(
            nobody
                .form("/api/device/authorize", &[("client_id", "other")])
                .await
        ),
        DeviceError::InvalidRequest
    );
}
