//! Mails by a real mail server: sent once, kept while it is away, forgotten with their secrets.

use std::time::Duration;

use aside_test_macros::both;

use crate::domain::mail::{Letter, LetterLink};
use crate::domain::page_language::PageLanguage;
use crate::jobs::worker::Worker;
use crate::jobs::{ModelState, Tools};
use crate::mail::SmtpClient;
use crate::store::Tx;
use crate::testing::TestApp;
use crate::testing::smtp::{Fault, SmtpServer};

const HOUR: Duration = Duration::from_secs(3600);

fn letter() -> Letter {
    Letter {
        to: "ana@example.org".parse().unwrap(),
        language: PageLanguage::English,
        subject: "Grüße\r\nBcc: all@example.org".to_owned(),
        paragraphs: vec!["Hello Ana,".to_owned(), "ein Gruß.".to_owned()],
        link: Some(LetterLink {
            label: "Open it".to_owned(),
            url: format!("https://aside.test/reset#{}", "x=".repeat(60)),
        }),
    }
}

async fn queued(app: TestApp, smtp: &SmtpServer) -> (TestApp, Worker) {
    let app = app.configured(|config| config.mail = Some(smtp.settings()));
    let mailer = app.app.mailer.clone().unwrap();
    app.app
        .store
        .write(async |tx: &mut Tx| mailer.post(tx, &app.app, &letter()).await)
        .await
        .unwrap();
    let client = SmtpClient::open(&smtp.settings()).unwrap();
    let tools = Tools::with(ModelState::Missing).sending_by(Some(client));
    let worker = Worker::new(app.app.resources.clone(), tools);
    (app, worker)
}

/// State, failures and reason of the only job.
async fn job(app: &TestApp) -> (&'static str, i64, Option<String>) {
    let jobs = app.app.store.jobs().await.unwrap();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    (jobs[0].state, jobs[0].failures, jobs[0].last_error.clone())
}

/// Rows that hold mails.
async fn kept(app: &TestApp) -> i64 {
    let store = &app.app.store;
    crate::on_db!(store, |db| sqlx::query_scalar(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM mails"
    )
    .fetch_one(db)
    .await)
    .unwrap()
}

#[both]
async fn a_mail_arrives_as_text_and_html_with_its_link_and_is_forgotten(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let (app, worker) = queued(app, &smtp).await;
    assert_eq!(kept(&app).await, 1);
    worker.run_until_idle().await.unwrap();
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, "ana@example.org");
    assert_eq!(mail.head("bcc"), "", "a subject makes no line of its own");
    assert!(
        mail.head("message-id").ends_with("@aside.test>"),
        "{mail:?}"
    );
    assert!(mail.text().contains("ein Gruß."), "{}", mail.text());
    assert_eq!(Some(mail.link()), letter().link.map(|link| link.url));
    assert!(mail.raw.contains("text/html"), "{}", mail.raw);
    assert_eq!((job(&app).await.0, kept(&app).await), ("done", 0));
    worker.run_until_idle().await.unwrap();
    assert_eq!(smtp.mails().len(), 1, "sent once");
}

#[both]
async fn a_mail_server_that_is_away_for_two_days_loses_no_mail(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let (app, worker) = queued(app, &smtp).await;
    // Greylisting, and a server that is shut down.
    for code in [451, 421, 450] {
        smtp.fail_next(Fault::Refuse(code));
        worker.run_until_idle().await.unwrap();
        let (state, failures, why) = job(&app).await;
        assert_eq!((state, failures), ("waiting", 0), "{why:?}");
        assert!(why.is_some());
        app.clock.advance(HOUR * 16);
    }
    worker.run_until_idle().await.unwrap();
    assert_eq!((smtp.mails().len(), job(&app).await.0), (1, "done"));
}

#[both]
async fn a_mail_whose_answer_got_lost_is_sent_again_under_the_same_id(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let (app, worker) = queued(app, &smtp).await;
    smtp.fail_next(Fault::HangUp);
    worker.run_until_idle().await.unwrap();
    assert_eq!(job(&app).await.0, "waiting");
    app.clock.advance(HOUR);
    worker.run_until_idle().await.unwrap();
    let ids: Vec<String> = smtp.mails().iter().map(|m| m.head("message-id")).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    assert_eq!(job(&app).await.0, "done");
}

#[both]
async fn a_mail_that_is_refused_for_good_is_given_up_and_its_secrets_are_gone(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let (app, worker) = queued(app, &smtp).await;
    smtp.fail_next(Fault::Refuse(550));
    worker.run_until_idle().await.unwrap();
    let (state, _, why) = job(&app).await;
    assert_eq!((state, kept(&app).await), ("failed", 0));
    assert!(why.unwrap().contains("550"), "the operator reads why");
    assert_eq!(smtp.mails().len(), 0);
}

#[both]
async fn a_worker_without_a_mail_server_leaves_mails_to_others(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let (app, worker) = queued(app, &smtp).await;
    Worker::new(app.app.resources.clone(), Tools::with(ModelState::Missing))
        .run_until_idle()
        .await
        .unwrap();
    assert_eq!(job(&app).await.0, "waiting");
    worker.run_until_idle().await.unwrap();
    assert_eq!(smtp.mails().len(), 1);
}
