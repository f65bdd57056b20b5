//! Endpoints that are slow, broken, busy or unwilling.

use std::time::Duration;

use aside_server::assistant::{AnswerLimits, Assistant, AssistantError};
use aside_server::checked_http::CheckedError;
use aside_server::config::assistant::{AssistantConfig, KeyFrom};
use aside_server::jobs::Job;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::endpoint::{Endpoint, Says, limits, objects, says, set_up, work, worker_with};
use super::{TALK, page, row, said, seen, whole_answer};
use crate::take::Take;

async fn stands(take: &Take) -> (Value, Value) {
    let facts = page(take, &take.owner).await["assistant"].clone();
    (facts["state"].clone(), facts["why"].clone())
}

/// What was found without a model is there whatever the model does.
async fn has_what_was_found_without(take: &Take) {
    let page = page(take, &take.owner).await;
    let all = page["suggestions"].as_array().unwrap();
    assert!(
        !all.is_empty() && all.iter().all(|it| it["model"] == Value::Null),
        "{all:?}"
    );
}

#[both]
async fn what_passes_is_waited_for_and_the_question_asked_again(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint
        .then(Says::Status(429, Some("0"), "slow down"))
        .then(Says::Status(500, None, "oops"))
        // It broke off in the middle: what it said is void.
        .then(Says::Breaks(vec![
            json!({ "kind": "sentence", "at": 0, "text": "Half of it." }).to_string(),
            "{".to_owned(),
        ]))
        .then(whole_answer());
    work(&app, &endpoint).await;
    assert_eq!(endpoint.got().len(), 4);
    let all = seen(&take, &take.owner).await;
    assert_eq!(all.len(), 5, "{all:?}");
    assert!(!all.contains(&row("sentence", 0, "Half of it.")));
    assert_eq!(stands(&take).await, (json!("done"), Value::Null));
}

#[both]
async fn a_worker_that_leaves_between_two_tries_does_so_at_once_and_the_next_one_goes_on(
    app: TestApp,
) {
    const HOUR: Duration = Duration::from_secs(3600);
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    let half = row("sentence", 0, "Half of it.");
    endpoint
        .then(Says::Breaks(vec![
            json!({ "kind": "sentence", "at": 0, "text": "Half of it." }).to_string(),
            "{".to_owned(),
        ]))
        .always(whole_answer());
    let patient = AnswerLimits {
        pause: HOUR,
        longest_pause: HOUR,
        ..limits()
    };
    let worker = worker_with(&app, &endpoint.config(), patient);
    let leaving = CancellationToken::new();
    tokio::join!(worker.work(&leaving), async {
        while !seen(&take, &take.owner).await.contains(&half) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        leaving.cancel();
    });
    // One that was cut off in its pause would have left this.
    assert!(!seen(&take, &take.owner).await.contains(&half));
    assert_eq!(endpoint.got().len(), 1);
    work(&app, &endpoint).await;
    assert_eq!(endpoint.got().len(), 2);
    assert_eq!(seen(&take, &take.owner).await.len(), 5);
    assert_eq!(stands(&take).await, (json!("done"), Value::Null));
    let jobs = app.app.store.jobs().await.unwrap();
    let mut asked = jobs
        .iter()
        .filter(|it| matches!(it.job, Job::AskAssistant { .. }));
    assert!(asked.all(|it| it.failures == 0), "{jobs:?}");
}

#[both]
async fn one_that_stays_away_is_asked_again_later_and_given_up_in_the_end(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.always(Says::Status(503, None, "secret of the operator"));
    work(&app, &endpoint).await;
    assert_eq!(endpoint.got().len(), 4);
    let (state, why) = stands(&take).await;
    assert_eq!(
        (state, why.as_str().unwrap()),
        (
            json!("waiting"),
            "The language model answered with an error (503)."
        )
    );
    has_what_was_found_without(&take).await;
    for _ in 0..10 {
        app.clock.advance(Duration::from_secs(600));
        work(&app, &endpoint).await;
    }
    assert_eq!(endpoint.got().len(), 4 * 8, "no more than eight times four");
    assert_eq!(stands(&take).await.0, json!("failed"));

    // Somebody asks again.
    endpoint.always(whole_answer());
    let path = format!("/api/recordings/{}/assistant", take.id);
    take.owner.post(&path, &json!({})).await.expect(202);
    work(&app, &endpoint).await;
    assert_eq!(stands(&take).await.0, json!("done"));
}

#[both]
async fn one_that_takes_no_more_questions_for_long_is_waited_for(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.always(Says::Status(
        429,
        Some("3600"),
        "the quota of today is used",
    ));
    work(&app, &endpoint).await;
    for _ in 0..10 {
        app.clock.advance(Duration::from_secs(600));
        work(&app, &endpoint).await;
    }
    assert_eq!(stands(&take).await.0, json!("waiting"));
    endpoint.always(whole_answer());
    app.clock.advance(Duration::from_secs(600));
    work(&app, &endpoint).await;
    assert_eq!(stands(&take).await.0, json!("done"));
}

#[both]
async fn what_a_void_answer_said_does_not_stay(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.always(Says::Breaks(vec![
        json!({ "kind": "sentence", "at": 0, "text": "Half of it." }).to_string(),
        "{".to_owned(),
    ]));
    work(&app, &endpoint).await;
    assert_eq!(stands(&take).await.0, json!("waiting"));
    has_what_was_found_without(&take).await;
}

#[both]
async fn what_will_not_pass_is_said_at_once(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.always(Says::Status(
        401,
        None,
        "{\"error\":{\"message\":\"Incorrect API key sk-123\"}}",
    ));
    work(&app, &endpoint).await;
    assert_eq!(endpoint.got().len(), 1);
    let (state, why) = stands(&take).await;
    assert_eq!(state, "failed");
    assert_eq!(
        why,
        "The language model does not accept the key of this server."
    );
    has_what_was_found_without(&take).await;
    let jobs = app.app.store.jobs().await.unwrap();
    let why = jobs
        .iter()
        .find_map(|it| it.last_error.clone().filter(|it| it.contains("401")));
    assert!(
        why.unwrap().contains("Incorrect API key"),
        "the operator reads it in the doctor"
    );
}

#[both]
async fn answers_that_are_none_cost_two_questions_and_change_nothing(app: TestApp) {
    for (unreadable, why) in [
        (
            says("I am sorry, I cannot do this. { \"kind\": \"sentence\", \"at\": }"),
            "The language model did not answer what was asked.",
        ),
        (
            says("[{\"kind\":\"sentence\",\"at\":0,\"text\":\"cut in the middle of"),
            "The language model did not answer what was asked.",
        ),
        (
            Says::Whole("no JSON at all".to_owned()),
            "The language model did not answer what was asked.",
        ),
        (Says::Refuses, "The language model refused to answer."),
        (
            Says::Floods(6 * 1024 * 1024),
            "The language model did not answer what was asked.",
        ),
    ] {
        let endpoint = Endpoint::start().await;
        let config = endpoint.config();
        let again = format!("{unreadable:?}").starts_with("Refuses");
        endpoint.always(unreadable);
        let take = said_once(&app).await;
        worker_with(&app, &config, limits())
            .run_until_idle()
            .await
            .unwrap();
        assert_eq!(endpoint.got().len(), if again { 1 } else { 2 }, "{why}");
        let run = app.app.store.assistant_run(take.id).await.unwrap().unwrap();
        assert_eq!(
            (run.state.as_str(), run.why.as_deref()),
            ("failed", Some(why))
        );
        has_what_was_found_without(&take).await;
    }
}

/// Of an owner of its own each time.
async fn said_once(app: &TestApp) -> Take {
    use aside_protocol::recording::TrackName;
    let name = format!("Sam{}", app.app.store.people().await.unwrap().len());
    let owner = crate::take::member(app, &name).await;
    let take = crate::take::begin(app, owner, &[TrackName::Video, TrackName::Audio]).await;
    take.record(2).await;
    take.finish(4, 4).await;
    super::say(app, &take, TALK).await;
    take
}

#[both]
async fn an_answer_that_is_cut_or_wrapped_counts_as_far_as_it_goes(app: TestApp) {
    let one = json!({ "kind": "sentence", "at": 5, "text": "It says {\"this\"} and \\ that." })
        .to_string();
    for said in [
        Says::Ends(
            vec![one.clone(), "\n{\"kind\":\"task\",\"at\":1".to_owned()],
            "length",
        ),
        says(&format!(
            "<think>First {{\"kind\":\"sentence\",\"at\":0,\"text\":\"thought\"}}</think>Here you are:\n```json\n[\n  {one},\n]\n```"
        )),
        Says::Whole(format!("{one}\n")),
    ] {
        let endpoint = Endpoint::start().await;
        endpoint.always(said);
        let take = said_once(&app).await;
        worker_with(&app, &endpoint.config(), limits())
            .run_until_idle()
            .await
            .unwrap();
        assert_eq!(endpoint.got().len(), 1);
        assert_eq!(
            seen(&take, &take.owner).await,
            [row("sentence", 5, "It says {\"this\"} and \\ that.")]
        );
    }
}

#[both]
async fn one_that_says_nothing_is_not_waited_for_without_end(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let take = said(&app, TALK).await;
    endpoint.always(Says::Hangs(Vec::new()));
    let impatient = AnswerLimits {
        silence: Duration::from_millis(50),
        ..limits()
    };
    worker_with(&app, &endpoint.config(), impatient)
        .run_until_idle()
        .await
        .unwrap();
    let (state, why) = stands(&take).await;
    assert_eq!(
        (state, why),
        (
            json!("waiting"),
            json!("The language model did not answer in time.")
        )
    );
    has_what_was_found_without(&take).await;
}

#[tokio::test]
async fn a_key_is_read_when_it_is_needed_and_sent_as_a_bearer() {
    let endpoint = Endpoint::start().await;
    endpoint.always(objects(&[json!({ "ok": true })]));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "sk-one\n").unwrap();
    let config = AssistantConfig {
        key: Some(KeyFrom::File(file.clone())),
        ..endpoint.config()
    };
    let assistant = Assistant::open(&config).unwrap();
    assert_eq!(assistant.greet().await, Ok(true));
    std::fs::write(&file, "sk-two").unwrap();
    assistant.greet().await.unwrap();
    let keys = endpoint
        .got()
        .into_iter()
        .map(|it| it.headers["authorization"].clone());
    assert_eq!(keys.collect::<Vec<_>>(), ["Bearer sk-one", "Bearer sk-two"]);
    std::fs::remove_file(&file).unwrap();
    let error = assistant.greet().await.unwrap_err();
    assert!(matches!(error, AssistantError::KeyFile { .. }), "{error}");
    endpoint.always(says("Yes, I am here!"));
    let open = Assistant::open(&endpoint.config()).unwrap();
    assert_eq!(open.greet().await, Ok(false), "no JSON");
}

#[tokio::test]
async fn the_limit_of_an_answer_is_sent_by_the_name_that_the_endpoint_knows() {
    let endpoint = Endpoint::start().await;
    endpoint
        .then(Says::Status(400, None, "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.\"}}"))
        .always(objects(&[json!({ "ok": true })]));
    let assistant = Assistant::open(&endpoint.config()).unwrap();
    assert_eq!(assistant.greet().await, Ok(true));
    assert_eq!(assistant.greet().await, Ok(true));
    let names: Vec<bool> = endpoint
        .got()
        .iter()
        .map(|it| it.body.get("max_tokens").is_some())
        .collect();
    assert_eq!(names, [true, false, false]);
}

#[tokio::test]
async fn metadata_of_clouds_and_public_addresses_without_tls_are_not_asked() {
    // Some of them lie in private networks, which may be asked.
    for url in [
        "http://169.254.169.254/v1",
        "http://100.100.100.200/v1",
        "http://[fd00:ec2::254]/v1",
        "http://[fd20:ce::254]/v1",
        "http://1.1.1.1/v1",
        "http://[fe80::1]/v1",
        "http://0.0.0.0:1/v1",
    ] {
        let config = AssistantConfig {
            base: url.parse().unwrap(),
            model: "m".to_owned(),
            key: None,
            context: 4096,
        };
        let error = Assistant::open(&config).unwrap().greet().await.unwrap_err();
        assert!(
            matches!(
                error,
                AssistantError::Line(CheckedError::Forbidden(_) | CheckedError::Metadata(_))
            ),
            "{url}: {error}"
        );
        let said = error.for_people();
        assert_eq!(said, "The address of the language model must not be asked.");
        assert!(!error.is_passing() && !error.is_outage());
    }
}
