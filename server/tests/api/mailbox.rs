//! Watching what is shared with a mail address, without an account: a link that is sent there proves the mailbox.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::testing::smtp::SmtpServer;
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, begin, member};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A recording for nobody but its owner and an address; answers the id of the grant too.
async fn shared_by(app: &TestApp, owner: Client, email: &str) -> (Take, String) {
    let take = begin(app, owner, &[TrackName::Video, TrackName::Audio]).await;
    take.record(2).await;
    let path = format!("/api/recordings/{}", take.id);
    let only = json!({ "audience": "owner" });
    take.owner
        .patch(&format!("{path}/sharing"), &only)
        .await
        .expect(200);
    let named = json!({ "mail": email });
    let shared = take
        .owner
        .post(&format!("{path}/people"), &named)
        .await
        .expect(200);
    let shared: Value = shared.json();
    let grant = shared["people"][0]["id"].as_str().unwrap().to_owned();
    (take, grant)
}

async fn shared_with(app: &TestApp, email: &str) -> (Take, String) {
    let owner = member(app, "Sam").await;
    shared_by(app, owner, email).await
}

async fn ask(client: &Client, take: &Take, email: &str) -> Answer {
    client
        .post(&take.api("/mail-link"), &json!({ "email": email }))
        .await
}

async fn follow(client: &Client, token: &str) -> Answer {
    client
        .post("/api/mailbox", &json!({ "token": token }))
        .await
}

async fn token(smtp: &SmtpServer, app: &TestApp, number: usize) -> String {
    let link = smtp.sent(app, number).await.link();
    let token = link.strip_prefix("https://aside.test/mail-link#");
    token.unwrap_or_else(|| panic!("{link}")).to_owned()
}

#[both]
async fn a_link_in_the_mail_opens_what_is_shared_with_the_address_and_nothing_else(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let (take, _) = shared_with(&app, "Guest@Example.org").await;
    let nobody = app.anonymous();
    nobody
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    ask(&nobody, &take, " GUEST@example.org").await.expect(204);
    let token = token(&smtp, &app, 0).await;
    let opened = follow(&nobody, &token).await.expect(200);
    assert_eq!(opened.json::<Value>()["slug"], take.slug.as_str());
    assert!(opened.header("set-cookie").contains("HttpOnly"));
    let guest = nobody.clone().keep_cookies(&opened);
    guest.get(&take.api("")).await.expect(200);
    guest
        .get(&format!("/w/{}/master.m3u8", take.slug))
        .await
        .expect(302);
    let words = json!({ "at_ms": 0, "body": "seen" });
    guest.post(&take.api("/comments"), &words).await.expect(201);

    let path = format!("/api/recordings/{}", take.id);
    guest
        .get(&format!("{path}/sharing"))
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    let (other, _) = shared_by(&app, take.owner.clone(), "ben@example.org").await;
    guest
        .get(&other.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    let audit = take.owner.get("/api/audit").await;
    assert!(audit.status == 403 || audit.text().contains("mailbox_proved"));
}

#[both]
async fn whether_an_address_is_on_the_list_is_not_told(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let (take, _) = shared_with(&app, "guest@example.org").await;
    let nobody = app.anonymous();
    let said = |answer: Answer| (answer.status.as_u16(), answer.text());
    let expected = said(ask(&nobody, &take, "guest@example.org").await);
    for other in [
        "stranger@example.org",
        "no address",
        &"x".repeat(10_000),
        "guest@example.org\u{200b}",
    ] {
        assert_eq!(
            said(ask(&nobody, &take, other).await),
            expected,
            "{other:.20}"
        );
    }
    let nowhere = "/api/watch/0000000000000000000000/mail-link";
    let named = json!({ "email": "guest@example.org" });
    let nowhere = nobody.post(nowhere, &named);
    assert_eq!(said(nowhere.await), expected);
    smtp.sent(&app, 0).await;
    let to: Vec<String> = smtp.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["guest@example.org"]);
}

#[both]
async fn a_name_taken_back_ends_the_guest_and_the_link_at_once(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let (take, grant) = shared_with(&app, "guest@example.org").await;
    ask(&app.anonymous(), &take, "guest@example.org")
        .await
        .expect(204);
    let token = token(&smtp, &app, 0).await;
    let opened = follow(&app.anonymous(), &token).await.expect(200);
    let guest = app.anonymous().keep_cookies(&opened);
    guest.get(&take.api("")).await.expect(200);
    let path = format!("/api/recordings/{}/people/{grant}", take.id);
    take.owner.delete(&path).await.expect(200);
    guest
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    follow(&app.anonymous(), &token)
        .await
        .expect_problem(ProblemCode::LinkUsed);
}

#[both]
async fn a_link_runs_out_after_a_day_and_its_proof_after_thirty(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let (take, _) = shared_with(&app, "guest@example.org").await;
    ask(&app.anonymous(), &take, "guest@example.org")
        .await
        .expect(204);
    let token = token(&smtp, &app, 0).await;
    let opened = follow(&app.anonymous(), &token).await.expect(200);
    let guest = app.anonymous().keep_cookies(&opened);
    app.clock.advance(DAY);
    follow(&app.anonymous(), &token)
        .await
        .expect_problem(ProblemCode::LinkUsed);
    app.clock.advance(DAY * 28);
    guest.get(&take.api("")).await.expect(200);
    app.clock.advance(DAY);
    guest
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    for wrong in ["", "x", &"x".repeat(10_000), &token[1..]] {
        follow(&guest, wrong)
            .await
            .expect_problem(ProblemCode::LinkUsed);
    }
}

#[both]
async fn a_guest_who_proves_a_mailbox_stays_who_they_were(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let (take, _) = shared_with(&app, "guest@example.org").await;
    let path = format!("/api/recordings/{}/sharing", take.id);
    take.owner
        .patch(&path, &json!({ "audience": "link" }))
        .await
        .expect(200);
    let words = json!({ "at_ms": 0, "body": "mine", "guest_name": "Gus" });
    let posted = app
        .anonymous()
        .post(&take.api("/comments"), &words)
        .await
        .expect(201);
    let comment: Value = posted.json();
    let guest = app.anonymous().keep_cookies(&posted);
    take.owner
        .patch(&path, &json!({ "audience": "owner" }))
        .await
        .expect(200);
    guest
        .get(&take.api(""))
        .await
        .expect_problem(ProblemCode::NotFound);
    ask(&guest, &take, "guest@example.org").await.expect(204);
    let opened = follow(&guest, &token(&smtp, &app, 0).await)
        .await
        .expect(200);
    assert_eq!(opened.header("set-cookie"), "");
    guest.get(&take.api("")).await.expect(200);
    let edit = format!("/api/comments/{}", comment["id"].as_str().unwrap());
    guest
        .patch(&edit, &json!({ "body": "still mine" }))
        .await
        .expect(200);
}

#[both]
async fn a_server_without_mail_says_so(app: TestApp) {
    let (take, _) = shared_with(&app, "guest@example.org").await;
    ask(&app.anonymous(), &take, "guest@example.org")
        .await
        .expect_problem(ProblemCode::NoMail);
}
