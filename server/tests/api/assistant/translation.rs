//! The words in another language: members ask, whoever may watch reads.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::assistant::AnswerLimits;
use aside_server::domain::account::Role;
use aside_server::domain::assistant::run::RunState;
use aside_server::domain::assistant::translation::{Line, Translation};
use aside_server::store::{Tx, translations};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::endpoint::{Endpoint, Says, limits, objects, set_up, work, worker_with};
use super::{TALK, said};
use crate::event_page::Page;
use crate::take::{Take, member};

/// As a worker makes one.
pub(crate) async fn give_translation(app: &TestApp, take: &Take) {
    let it = Translation {
        recording: take.id,
        language: "de".to_owned(),
        state: RunState::Done,
        model: "small".to_owned(),
        why: None,
        fingerprint: String::new(),
        asked_by: None,
        changed_at: app.app.now(),
        lines: vec![Line {
            start_ms: 0,
            end_ms: 500,
            gap: true,
            source: "words".to_owned(),
            text: Some("Worte".to_owned()),
        }],
    };
    let write = app
        .app
        .store
        .write(async |tx: &mut Tx| translations::set(tx, &it).await);
    write.await.unwrap();
}

async fn list(take: &Take, who: &Client) -> Value {
    who.get(&take.api("/translations")).await.expect(200).json()
}

async fn file(take: &Take, who: &Client, rest: &str) -> String {
    let answer = who
        .get(&take.api(&format!("/translations/{rest}")))
        .await
        .expect(200);
    answer.text()
}

#[both]
async fn a_worker_that_leaves_between_two_tries_keeps_what_was_translated(app: TestApp) {
    const HOUR: Duration = Duration::from_secs(3600);
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.then(objects(&[])).then(objects(&[]));
    work(&app, &endpoint).await;
    let before = endpoint.got().len();
    let path = take.api("/translations/de");
    take.owner.post(&path, &json!({})).await.expect(202);
    endpoint
        .then(Says::Breaks(vec![
            json!({ "n": 1, "text": "Hallo." }).to_string(),
            "{".to_owned(),
        ]))
        .always(Says::Shouts);
    let patient = AnswerLimits {
        pause: HOUR,
        longest_pause: HOUR,
        ..limits()
    };
    let worker = worker_with(&app, &endpoint.config(), patient);
    let leaving = CancellationToken::new();
    tokio::join!(worker.work(&leaving), async {
        while endpoint.got().len() == before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        leaving.cancel();
    });
    let held = app.app.store.translations(take.id).await.unwrap();
    let first = held[0].lines[0].text.as_deref();
    assert_eq!(first, Some("Hallo."), "{held:?}");
    work(&app, &endpoint).await;
    let got = endpoint.got();
    assert_eq!(got.len(), before + 2);
    assert!(
        !got.last().unwrap().user().contains("\n[1] "),
        "what is left"
    );
    let text = file(&take, &take.owner, "de/txt").await;
    assert!(
        text.contains("Hallo.") && text.contains("OLGA PLEASE"),
        "{text}"
    );
}

#[both]
async fn a_member_asks_and_whoever_may_watch_reads_it(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.then(objects(&[]));
    endpoint.then(objects(&[]));
    work(&app, &endpoint).await;
    let (olga, guest) = (member(&app, "Olga").await, app.anonymous());
    let offered = list(&take, &olga).await["translator"].clone();
    assert_eq!(
        (&offered["model"], &offered["languages"][0]),
        (&json!("small"), &json!("ar"))
    );
    assert_eq!(list(&take, &guest).await["translator"], Value::Null);
    let path = take.api("/translations/de");
    guest.post(&path, &json!({})).await.expect(401);
    guest.get(&format!("{path}/vtt")).await.expect(404);
    let asked: Value = olga.post(&path, &json!({})).await.expect(202).json();
    assert_eq!(
        (&asked["state"], &asked["percent"]),
        (&json!("waiting"), &json!(0))
    );

    let before = endpoint.got().len();
    endpoint.then(Says::Shouts);
    work(&app, &endpoint).await;
    let got = endpoint.got();
    assert_eq!(got.len(), before + 1);
    let question = got.last().unwrap();
    assert!(
        question.system().contains("into German"),
        "{}",
        question.system()
    );
    assert!(question.user().contains("\n[3] Olga please fix the button"));

    let shown = list(&take, &guest).await["translations"][0].clone();
    let expected = json!({ "language": "de", "state": "done", "model": "small", "percent": 100, "why": null, "fresh": true });
    assert_eq!(shown, expected);
    let vtt = file(&take, &guest, "de/vtt").await;
    assert!(
        vtt.starts_with("WEBVTT\n\nNOTE Translated by a machine (small).\n\n00:00:00.000 --> "),
        "{vtt}"
    );
    assert!(vtt.contains("\n\n00:00:10.000 --> 00:00:12.550\nOLGA PLEASE FIX THE BUTTON UNTIL FRIDAY SO\nTHAT WE CAN SHIP IT.\n"), "{vtt}");
    let text = file(&take, &guest, "de/txt").await;
    assert!(
        text.starts_with("Translated by a machine (small).\n\nHELLO AND WELCOME"),
        "{text}"
    );
    let whole: Value = serde_json::from_str(&file(&take, &guest, "de/json").await).unwrap();
    assert_eq!(
        (&whole["translated_by"], &whole["language"]),
        (&json!("small"), &json!("de"))
    );
    let file = guest.get(&format!("{path}/srt")).await.expect(200);
    assert!(
        file.header("content-disposition")
            .contains(".de.machine-translation.srt")
    );

    // It is there: nobody pays for it twice.
    olga.post(&path, &json!({})).await.expect(202);
    work(&app, &endpoint).await;
    assert_eq!(endpoint.got().len(), before + 1);

    // Of words that were corrected only what is new is sent.
    let correction = json!({ "first": 0, "count": 1, "text": "Hi" });
    let words = format!("/api/recordings/{}/transcript", take.id);
    take.owner.patch(&words, &correction).await.expect(200);
    assert_eq!(list(&take, &guest).await["translations"][0]["fresh"], false);
    // What was taken out of the words is not read in the other language either, before and after somebody asks.
    let left = async || {
        let text = self::file(&take, &guest, "de/txt").await;
        (text.contains("HELLO"), text.contains("OLGA PLEASE"))
    };
    assert_eq!(left().await, (false, true));
    olga.post(&path, &json!({})).await.expect(202);
    assert_eq!(left().await, (false, true));
    endpoint.then(Says::Shouts);
    app.clock.advance(Duration::from_secs(60));
    work(&app, &endpoint).await;
    let got = endpoint.got();
    assert_eq!(got.len(), before + 2);
    assert!(
        got.last()
            .unwrap()
            .user()
            .starts_with("<transcript>\n[1] Hi and welcome")
    );
    assert_eq!(got.last().unwrap().user().lines().count(), 3);
    assert_eq!(list(&take, &guest).await["translations"][0]["fresh"], true);

    take.owner
        .patch(
            &format!("/api/recordings/{}", take.id),
            &json!({ "audience": "owner" }),
        )
        .await
        .expect(200);
    olga.get(&take.api("/translations")).await.expect(404);
    olga.get(&format!("{path}/vtt")).await.expect(404);
    olga.post(&path, &json!({})).await.expect(404);
}

#[both]
async fn what_cannot_be_translated_is_refused_before_anything_is_sent(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    let ask = async |language: &str| {
        take.owner
            .post(&take.api(&format!("/translations/{language}")), &json!({}))
            .await
    };
    for language in ["en", "xx", "deutsch", "%F0%9F%91%8D"] {
        ask(language).await.expect_problem(ProblemCode::Invalid);
    }
    for code in [
        "ar", "bg", "ca", "cs", "da", "de", "el", "es", "et", "fa", "fi", "fr",
    ] {
        ask(code).await.expect(202);
    }
    ask("ja").await.expect_problem(ProblemCode::Invalid);
    assert_eq!(endpoint.got().len(), 0);
    let silent = crate::take::begin(
        &app,
        take.owner.clone(),
        &[aside_protocol::recording::TrackName::Video],
    )
    .await;
    let asked = take
        .owner
        .post(&silent.api("/translations/de"), &json!({}))
        .await;
    asked.expect_problem(ProblemCode::NotFinished);
}

#[both]
async fn lines_that_a_model_left_out_are_asked_for_again_and_then_said_to_be_missing(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.then(objects(&[])).then(objects(&[]));
    work(&app, &endpoint).await;
    let before = endpoint.got().len();
    take.owner
        .post(&take.api("/translations/fr"), &json!({}))
        .await
        .expect(202);
    endpoint
        .then(objects(&[
            json!({ "n": 1, "text": "un" }),
            json!({ "n": 1, "text": "encore un" }),
            json!({ "n": 7, "text": "hors du texte" }),
            json!({ "n": 2, "text": "x".repeat(5000) }),
            json!({ "n": "[2]", "text": "deux" }),
        ]))
        .then(objects(&[
            json!({ "n": 4, "text": "quatre" }),
            json!({ "n": 1, "text": "non" }),
        ]));
    work(&app, &endpoint).await;
    let got = endpoint.got();
    assert_eq!(got.len(), before + 2);
    let lines: Vec<&str> = got
        .last()
        .unwrap()
        .user()
        .lines()
        .map(|it| it.split(' ').next().unwrap())
        .collect();
    assert_eq!(lines, ["<transcript>", "[3]", "[4]", "</transcript>"]);
    let shown = list(&take, &take.owner).await["translations"][0].clone();
    assert_eq!(
        (&shown["state"], &shown["percent"]),
        (&json!("done"), &json!(75))
    );
    assert_eq!(shown["why"], "1 sentences could not be translated.");
    let text = file(&take, &take.owner, "fr/txt").await;
    assert_eq!(
        text.lines()
            .skip(2)
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>(),
        ["un", "deux", "quatre"]
    );

    // Whoever asks again gets the rest.
    take.owner
        .post(&take.api("/translations/fr"), &json!({}))
        .await
        .expect(202);
    endpoint.then(objects(&[json!({ "n": 3, "text": "trois" })]));
    work(&app, &endpoint).await;
    let shown = list(&take, &take.owner).await["translations"][0].clone();
    assert_eq!(
        (&shown["percent"], &shown["why"]),
        (&json!(100), &Value::Null)
    );
}

#[both]
async fn one_that_cannot_be_read_fails_and_can_be_asked_for_again(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.then(objects(&[])).then(objects(&[]));
    work(&app, &endpoint).await;
    let before = endpoint.got().len();
    let path = take.api("/translations/fr");
    take.owner.post(&path, &json!({})).await.expect(202);
    endpoint.always(objects(&[]));
    work(&app, &endpoint).await;
    assert_eq!(endpoint.got().len(), before + 2, "asked twice, no more");
    let shown = list(&take, &take.owner).await["translations"][0].clone();
    assert_eq!(
        (&shown["state"], &shown["why"]),
        (
            &json!("failed"),
            &json!("The language model did not answer what was asked.")
        )
    );
    take.owner.post(&path, &json!({})).await.expect(202);
    endpoint.always(Says::Shouts);
    work(&app, &endpoint).await;
    let shown = list(&take, &take.owner).await["translations"][0].clone();
    assert_eq!(
        (&shown["state"], &shown["percent"]),
        (&json!("done"), &json!(100))
    );
}

#[both]
async fn of_a_recording_in_the_trash_nothing_is_sent(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.then(objects(&[])).then(objects(&[]));
    work(&app, &endpoint).await;
    let before = endpoint.got().len();
    let ask = format!("/api/recordings/{}/assistant", take.id);
    take.owner.post(&ask, &json!({})).await.expect(202);
    let path = take.api("/translations/fr");
    take.owner.post(&path, &json!({})).await.expect(202);
    take.trash().await;
    work(&app, &endpoint).await;
    assert_eq!(endpoint.got().len(), before);

    // Nothing waits for ever once it is there again.
    let run = app.app.store.assistant_run(take.id).await.unwrap().unwrap();
    let why = Some("The recording was in the trash.");
    assert_eq!((run.state, run.why.as_deref()), (RunState::Failed, why));
    let all = app.app.store.translations(take.id).await.unwrap();
    assert_eq!(
        (all[0].state, all[0].why.as_deref()),
        (RunState::Failed, why)
    );
}

/// A recording whose words a member had translated into German.
async fn translated(app: &TestApp, endpoint: &Endpoint, olga: &Client) -> Take {
    let take = said(app, TALK).await;
    endpoint.then(objects(&[])).then(objects(&[]));
    work(app, endpoint).await;
    let path = take.api("/translations/de");
    olga.post(&path, &json!({})).await.expect(202);
    endpoint.then(Says::Shouts);
    work(app, endpoint).await;
    assert_eq!(list(&take, olga).await["translations"][0]["state"], "done");
    take
}

#[both]
async fn its_owner_removes_a_translation_open_pages_hear_of_it_and_it_can_be_asked_for_anew(
    app: TestApp,
) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let olga = member(&app, "Olga").await;
    let take = translated(&app, &endpoint, &olga).await;
    let own = |language: &str| format!("/api/recordings/{}/translations/{language}", take.id);
    // Neither who asked for it nor who runs the server.
    olga.delete(&own("de")).await.expect(403);
    let admin = app.person("ada", Role::Admin).await;
    admin.delete(&own("de")).await.expect(403);
    app.anonymous().delete(&own("de")).await.expect(401);
    take.owner.delete(&own("fr")).await.expect(404);
    assert_eq!(list(&take, &olga).await["translations"][0]["state"], "done");

    let mut open = Page::of(&app, &take).await;
    take.owner.delete(&own("de")).await.expect(204);
    open.next_of("transcript").await;
    assert_eq!(list(&take, &olga).await["translations"], json!([]));
    let path = take.api("/translations/de");
    olga.get(&format!("{path}/vtt")).await.expect(404);
    take.owner.delete(&own("de")).await.expect(404);

    // Nothing of it is left: all sentences are sent again.
    let before = endpoint.got().len();
    olga.post(&path, &json!({})).await.expect(202);
    endpoint.then(Says::Shouts);
    work(&app, &endpoint).await;
    let got = endpoint.got();
    assert_eq!(got.len(), before + 1);
    assert_eq!(got.last().unwrap().user().lines().count(), 6);
    assert!(file(&take, &olga, "de/txt").await.contains("OLGA PLEASE"));
}

#[both]
async fn one_that_is_removed_while_it_is_made_does_not_come_back(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.then(objects(&[])).then(objects(&[]));
    work(&app, &endpoint).await;
    for language in ["de", "fr"] {
        let path = take.api(&format!("/translations/{language}"));
        take.owner.post(&path, &json!({})).await.expect(202);
    }
    let before = endpoint.got().len();
    let may_answer = Arc::new(Semaphore::new(0));
    endpoint.then(Says::ShoutsThen(Arc::clone(&may_answer)));
    endpoint.always(Says::Shouts);
    let remove = async {
        while endpoint.got().len() == before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let path = format!("/api/recordings/{}/translations/de", take.id);
        take.owner.delete(&path).await.expect(204);
        may_answer.add_permits(1);
    };
    tokio::join!(work(&app, &endpoint), remove);
    let left = list(&take, &take.owner).await["translations"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
    assert_eq!(
        (&left[0]["language"], &left[0]["state"]),
        (&json!("fr"), &json!("done"))
    );
}

#[both]
async fn one_that_is_removed_and_asked_for_again_is_made_anew(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.then(objects(&[])).then(objects(&[]));
    work(&app, &endpoint).await;
    let path = take.api("/translations/de");
    take.owner.post(&path, &json!({})).await.expect(202);
    let before = endpoint.got().len();
    let may_answer = Arc::new(Semaphore::new(0));
    endpoint.then(Says::ShoutsThen(Arc::clone(&may_answer)));
    endpoint.always(Says::Shouts);
    let ask_anew = async {
        while endpoint.got().len() == before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let removed = format!("/api/recordings/{}/translations/de", take.id);
        take.owner.delete(&removed).await.expect(204);
        take.owner.post(&path, &json!({})).await.expect(202);
        may_answer.add_permits(1);
    };
    tokio::join!(work(&app, &endpoint), ask_anew);
    let left = list(&take, &take.owner).await["translations"].clone();
    assert_eq!(left[0]["state"], "done", "{left}");
    // What the first one heard is not taken for the second.
    assert_eq!(endpoint.got().len() - before, 2);
}
