//! Programs that work with a token that has scopes: what they write is marked, what people do stays for people, and they are no viewers.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::scopes::program;
use crate::take::{Take, member, take};

async fn say(client: &Client, take: &Take, words: &str) -> Value {
    let words = json!({ "at_ms": 0, "body": words });
    let made = client.post(&take.api("/comments"), &words).await;
    made.expect(201).json()
}

#[both]
async fn what_a_program_writes_is_marked_as_an_agents(app: TestApp) {
    let take = take(&app).await;
    let agent = program(&app, &take.owner, &["read", "comment"]).await;
    let by_agent = say(&agent, &take, "of a program").await;
    assert_eq!(by_agent["author"]["agent"], json!(true));
    assert_eq!(by_agent["author"]["name"], "Sam’s agent");
    let by_person = say(&take.owner, &take, "of a person").await;
    assert_eq!(by_person["author"]["agent"], json!(false));
    let read: Value = app
        .anonymous()
        .get(&take.api("/comments"))
        .await
        .expect(200)
        .json();
    for comment in read["comments"].as_array().unwrap() {
        let is = comment["id"] == by_agent["id"];
        assert_eq!(comment["author"]["agent"], json!(is));
    }
}

#[both]
async fn a_program_changes_what_it_wrote_and_resolves_nothing(app: TestApp) {
    let take = take(&app).await;
    let agent = program(&app, &take.owner, &["read", "comment"]).await;
    let mine = say(&agent, &take, "of a program").await;
    let theirs = say(&take.owner, &take, "of a person").await;
    let at = |comment: &Value| format!("/api/comments/{}", comment["id"].as_str().unwrap());
    let words = json!({ "body": "other words" });
    agent.patch(&at(&mine), &words).await.expect(200);
    for answer in [
        agent.patch(&at(&theirs), &words).await,
        agent.delete(&at(&theirs)).await,
        agent.patch(&at(&mine), &json!({ "resolved": true })).await,
        agent
            .patch(&at(&theirs), &json!({ "resolved": true }))
            .await,
    ] {
        let problem = answer.expect_problem(ProblemCode::Forbidden);
        assert!(problem.detail.unwrap().contains("Only people"));
    }
    take.owner
        .patch(&at(&mine), &json!({ "resolved": true }))
        .await
        .expect(200);
    agent.delete(&at(&mine)).await.expect(204);
    let restore = format!("{}/restore", at(&mine));
    let problem = agent
        .post(&restore, &json!({}))
        .await
        .expect_problem(ProblemCode::Forbidden);
    assert!(problem.detail.unwrap().contains("Only people"));
    take.owner.post(&restore, &json!({})).await.expect(200);
}

#[both]
async fn each_way_to_read_a_recording_is_noted(app: TestApp) {
    let take = take(&app).await;
    take.record(10).await;
    take.finish(20, 20).await;
    let ways = [
        ("Ana", ""),
        ("Bo", "/captions.vtt"),
        ("Cy", "/comments"),
        ("Di", "/comments/export"),
        ("Eve", "/issues"),
        ("Flo", "/transcript"),
    ];
    for (name, path) in ways {
        let agent = program(&app, &member(&app, name).await, &["read"]).await;
        agent.get(&take.api(path)).await.expect(200);
    }
    let path = format!("/api/recordings/{}/views", take.id);
    let views: Value = take.owner.get(&path).await.expect(200).json();
    let agents = views["agents"].as_array().unwrap().iter();
    let mut names: Vec<&str> = agents.map(|it| it["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ways.map(|(name, _)| name));
}

#[both]
async fn a_program_of_the_owner_deletes_nothing_that_programs_of_others_wrote(app: TestApp) {
    let take = take(&app).await;
    let mo = program(&app, &member(&app, "Mo").await, &["read", "comment"]).await;
    let theirs = say(&mo, &take, "of another's program").await;
    let path = format!("/api/comments/{}", theirs["id"].as_str().unwrap());
    let agent = program(&app, &take.owner, &["read", "comment", "manage"]).await;
    let problem = agent
        .delete(&path)
        .await
        .expect_problem(ProblemCode::Forbidden);
    assert!(problem.detail.unwrap().contains("Only people"));
    take.owner.delete(&path).await.expect(204);
}

#[both]
async fn a_program_reacts_to_nothing(app: TestApp) {
    let take = take(&app).await;
    let comment = say(&take.owner, &take, "words").await;
    let agent = program(&app, &take.owner, &["read", "comment", "manage"]).await;
    let id = comment["id"].as_str().unwrap();
    let emoji = json!({ "emoji": "🎉", "on": true });
    let clap = json!({ "at_ms": 0, "kind": "clap" });
    for (path, wanted) in [
        (take.api(&format!("/comments/{id}/reactions")), &emoji),
        (take.api("/reactions"), &clap),
    ] {
        agent
            .post(&path, wanted)
            .await
            .expect_problem(ProblemCode::InsufficientScope);
    }
}

#[both]
async fn a_program_that_reads_is_counted_apart_from_who_watches(app: TestApp) {
    let take = take(&app).await;
    take.record(10).await;
    take.finish(20, 20).await;
    let mo = member(&app, "Mo").await;
    let agent = program(&app, &mo, &["read"]).await;
    let watched = json!({ "stretches": [{ "from_ms": 0, "to_ms": 9000 }], "position_ms": 9000 });
    agent
        .post(&take.api("/watched"), &watched)
        .await
        .expect(204);
    for _ in 0..2 {
        agent.get(&take.api("/transcript")).await.expect(200);
    }
    app.clock.advance(Duration::from_secs(3600));
    agent.get(&take.api("/transcript")).await.expect(200);
    let path = format!("/api/recordings/{}/views", take.id);
    let views: Value = take.owner.get(&path).await.expect(200).json();
    assert_eq!(
        (&views["people"], &views["unknown"]),
        (&json!([]), &json!(0))
    );
    let read = &views["agents"][0];
    assert_eq!((&read["name"], &read["reads"]), (&json!("Mo"), &json!(2)));
    assert_eq!(views["agents"].as_array().unwrap().len(), 1);
    mo.put("/api/me/views", &json!({ "own": false }))
        .await
        .expect(200);
    let views: Value = take.owner.get(&path).await.expect(200).json();
    assert_eq!(
        views["agents"],
        json!([]),
        "who wants none of it noted is forgotten"
    );
}
