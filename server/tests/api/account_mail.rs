//! What an account does by mail: another address, a forgotten password. The mail server is real.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::smtp::{Fault, Received, SmtpServer};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::account::{ana, sign_in, signed_in};

const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "another horse battery";

/// The secret in the link of a mail, which leads to `page`.
fn secret(mail: &Received, page: &str) -> String {
    let link = mail.link();
    let secret = link.strip_prefix(&format!("https://aside.test{page}#"));
    secret.unwrap_or_else(|| panic!("{link}")).to_owned()
}

async fn forget(client: &Client, email: &str) -> Answer {
    client
        .post("/api/password-reset", &json!({ "email": email }))
        .await
}

async fn reset(client: &Client, token: &str, password: &str) -> Answer {
    let wanted = json!({ "token": token, "password": password });
    client.post("/api/password-reset/confirm", &wanted).await
}

async fn verify(client: &Client, token: &str) -> Answer {
    client
        .post("/api/mail-verification", &json!({ "token": token }))
        .await
}

async fn ask_for(client: &Client, email: &str, password: &str) -> Answer {
    let wanted = json!({ "email": email, "password": password });
    client.post("/api/me/mail", &wanted).await
}

#[both]
async fn a_forgotten_password_is_set_by_a_link_that_works_once(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let before = ana(&app).await;
    // The address of the link is the server's own, whatever the request calls it.
    let forged = app.anonymous().with("x-forwarded-host", "evil.example");
    forget(&forged, " ANA@example.org").await.expect(204);
    let mail = smtp.sent(&app, 0).await;
    assert_eq!(mail.to, "ana@example.org");
    let token = secret(&mail, "/reset");
    let nobody = app.anonymous();
    let problem = reset(&nobody, &token, "short")
        .await
        .expect_problem(ProblemCode::Invalid);
    assert_eq!(
        problem.field.as_deref(),
        Some("new"),
        "the link is not used up by it"
    );
    assert!(signed_in(&before).await);
    reset(&nobody, &token, OTHER).await.expect(204);
    reset(&nobody, &token, PASSWORD)
        .await
        .expect_problem(ProblemCode::LinkUsed);
    assert!(!signed_in(&before).await, "every browser is signed out");
    sign_in(app.anonymous(), "ana@example.org", OTHER)
        .await
        .expect(200);
    sign_in(app.anonymous(), "ana@example.org", PASSWORD)
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let told = smtp.sent(&app, 1).await;
    assert_eq!(told.head("subject"), "Your password was changed");
}

#[both]
async fn a_link_for_a_password_runs_out_after_an_hour_and_cannot_be_made_up(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    ana(&app).await;
    let nobody = app.anonymous();
    forget(&nobody, "ana@example.org").await.expect(204);
    let token = secret(&smtp.sent(&app, 0).await, "/reset");
    for wrong in ["", "aside_x", &"x".repeat(10_000), &token[1..]] {
        reset(&nobody, wrong, OTHER)
            .await
            .expect_problem(ProblemCode::LinkUsed);
    }
    verify(&nobody, &token)
        .await
        .expect_problem(ProblemCode::LinkUsed);
    app.clock.advance(Duration::from_secs(3600));
    reset(&nobody, &token, OTHER)
        .await
        .expect_problem(ProblemCode::LinkUsed);
}

#[both]
async fn whether_an_address_has_an_account_is_not_told_by_the_answer(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    ana(&app).await;
    let nobody = app.anonymous();
    let answer = |email: &'static str| {
        let nobody = nobody.clone();
        async move {
            let answer = forget(&nobody, email).await;
            (answer.status.as_u16(), answer.text())
        }
    };
    let unknown = answer("ben@example.org").await;
    assert_eq!(unknown, (204, String::new()));
    assert_eq!(answer("no address").await, unknown);
    // Last, so that a mail to the others would have come before.
    assert_eq!(answer("ana@example.org").await, unknown);
    smtp.sent(&app, 0).await;
    let to: Vec<String> = smtp.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["ana@example.org"]);
}

#[both]
async fn nobody_is_flooded_with_mails_and_nobody_asks_for_many(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    ana(&app).await;
    for n in 0..30 {
        let one = app.anonymous().at(&format!("198.51.100.{n}"));
        forget(&one, "ana@example.org").await.expect(204);
    }
    let last = app.anonymous().at("203.0.113.1");
    forget(&last, "ben@example.org").await.expect(204);
    smtp.sent(&app, 3).await;
    assert_eq!(smtp.mails().len(), 4, "four in a row to one address");
    let greedy = app.anonymous().at("203.0.113.9");
    for n in 0..20 {
        forget(&greedy, &format!("v{n}@example.org"))
            .await
            .expect(204);
    }
    forget(&greedy, "v@example.org")
        .await
        .expect_problem(ProblemCode::TooManyRequests);
}

#[both]
async fn another_site_resets_nothing(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let evil = app.anonymous().with("origin", "https://evil.example");
    for answer in [
        forget(&evil, "ana@example.org").await,
        reset(&evil, "x", OTHER).await,
        verify(&evil, "x").await,
    ] {
        answer.expect_problem(ProblemCode::CrossSite);
    }
}

#[both]
async fn a_new_address_counts_once_its_mailbox_has_said_so(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let ana = ana(&app).await;
    forget(&app.anonymous(), "ana@example.org")
        .await
        .expect(204);
    let old_link = secret(&smtp.sent(&app, 0).await, "/reset");
    ask_for(&ana, "new@example.org", "not this one")
        .await
        .expect_problem(ProblemCode::BadCredentials);
    for bad in [
        "",
        "nobody",
        "new@example.org\u{200b}",
        &format!("{}@x.org", "x".repeat(10_000)),
    ] {
        let problem = ask_for(&ana, bad, PASSWORD)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("email"), "{bad:.20}");
    }
    ask_for(&ana, "ANA@Example.org", PASSWORD)
        .await
        .expect_problem(ProblemCode::Invalid);
    ask_for(&ana, "New@Example.org", PASSWORD).await.expect(204);
    let mail = smtp.sent(&app, 1).await;
    assert_eq!(mail.to, "new@example.org");
    let token = secret(&mail, "/verify-mail");
    let profile: Value = ana.get("/api/me/profile").await.expect(200).json();
    assert_eq!(
        (&profile["email"], &profile["pending_email"]),
        (&json!("ana@example.org"), &json!("new@example.org"))
    );
    sign_in(app.anonymous(), "ana@example.org", PASSWORD)
        .await
        .expect(200);

    // By whoever reads that mailbox, in whichever browser.
    let changed: Value = verify(&app.anonymous(), &token).await.expect(200).json();
    assert_eq!(changed["email"], "new@example.org");
    verify(&app.anonymous(), &token)
        .await
        .expect_problem(ProblemCode::LinkUsed);
    sign_in(app.anonymous(), "new@example.org", PASSWORD)
        .await
        .expect(200);
    sign_in(app.anonymous(), "ana@example.org", PASSWORD)
        .await
        .expect_problem(ProblemCode::BadCredentials);
    let told = smtp.sent(&app, 2).await;
    assert_eq!(
        (told.to.as_str(), told.head("subject").as_str()),
        ("ana@example.org", "Your address was changed")
    );
    reset(&app.anonymous(), &old_link, OTHER)
        .await
        .expect_problem(ProblemCode::LinkUsed);
}

#[both]
async fn the_newest_request_for_an_address_counts_alone(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let ana = ana(&app).await;
    for to in ["one@example.org", "two@example.org"] {
        ask_for(&ana, to, PASSWORD).await.expect(204);
    }
    let first = secret(&smtp.sent(&app, 0).await, "/verify-mail");
    let second = secret(&smtp.sent(&app, 1).await, "/verify-mail");
    verify(&ana, &first)
        .await
        .expect_problem(ProblemCode::LinkUsed);
    verify(&ana, &second).await.expect(200);
}

#[both]
async fn an_address_that_somebody_has_is_neither_given_nor_told(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let ana = ana(&app).await;
    app.person("ben", Role::Member).await;
    ask_for(&ana, "ben@example.org", PASSWORD).await.expect(204);
    let mail = smtp.sent(&app, 0).await;
    assert_eq!(mail.head("subject"), "You have an account already");
    assert_eq!(mail.link(), "https://aside.test/sign-in");

    // Taken between the question and the answer.
    ask_for(&ana, "cleo@example.org", PASSWORD)
        .await
        .expect(204);
    let token = secret(&smtp.sent(&app, 1).await, "/verify-mail");
    app.person("cleo", Role::Member).await;
    verify(&ana, &token)
        .await
        .expect_problem(ProblemCode::LinkUsed);
    let me: Value = ana.get("/api/me").await.expect(200).json();
    assert_eq!(me["user"]["email"], "ana@example.org");
}

#[both]
async fn a_mail_server_that_is_away_changes_nothing_for_who_asks(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    ana(&app).await;
    smtp.fail_next(Fault::Refuse(421));
    forget(&app.anonymous(), "ana@example.org")
        .await
        .expect(204);
    let refused = async {
        loop {
            let jobs = app.app.store.jobs().await.unwrap();
            if jobs.iter().any(|job| job.last_error.is_some()) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = refused => {}
        mail = smtp.sent(&app, 0) => panic!("it was refused: {mail:?}"),
    }
    app.clock.advance(Duration::from_secs(60));
    let token = secret(&smtp.sent(&app, 0).await, "/reset");
    reset(&app.anonymous(), &token, OTHER).await.expect(204);
}

#[both]
async fn a_server_without_mail_says_so_and_who_runs_it_helps(app: TestApp) {
    let ana = ana(&app).await;
    forget(&app.anonymous(), "ana@example.org")
        .await
        .expect_problem(ProblemCode::NoMail);
    ask_for(&ana, "new@example.org", PASSWORD)
        .await
        .expect_problem(ProblemCode::NoMail);
    let me: Value = ana.get("/api/me").await.expect(200).json();
    assert_eq!(me["server"]["mail"], false);
}
