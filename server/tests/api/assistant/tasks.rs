//! A task becomes a thread that somebody is asked to do, with a click.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use super::endpoint::{Endpoint, objects, set_up, work};
use super::{TALK, page, said};
use crate::scopes::program;
use crate::take::{Take, member};

async fn id_of(who: &Client) -> String {
    let me: Value = who.get("/api/me").await.expect(200).json();
    me["user"]["id"].as_str().unwrap().to_owned()
}

/// A member of this whole name.
async fn called(app: &TestApp, short: &str, name: &str) -> Client {
    let who = member(app, short).await;
    who.patch("/api/me/profile", &json!({ "name": name }))
        .await
        .expect(204);
    who
}

/// The tasks that the model found, as the owner sees them.
async fn found(app: &TestApp, endpoint: &Endpoint, take: &Take) -> Vec<Value> {
    work(app, endpoint).await;
    let page = page(take, &take.owner).await;
    let all = page["suggestions"].as_array().unwrap().clone();
    all.into_iter()
        .filter(|it| it["kind"] == "action")
        .collect()
}

fn path(take: &Take, task: &Value) -> String {
    let id = task["id"].as_str().unwrap();
    format!("/api/recordings/{}/suggestions/{id}/assignment", take.id)
}

fn tasks(who: &[&str]) -> super::endpoint::Says {
    let all: Vec<Value> = who
        .iter()
        .zip(0..)
        .map(|(who, n)| json!({ "kind": "task", "at": n * 5, "text": format!("Do {n} *now*"), "who": who, "until": "tomorrow" }))
        .collect();
    objects(&all)
}

#[both]
async fn a_task_becomes_a_thread_for_whom_it_means(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let olga = called(&app, "Olga", "Olga Berg").await;
    endpoint.then(tasks(&["olga"]));
    let take = said(&app, TALK).await;
    let task = found(&app, &endpoint, &take).await.remove(0);
    let olga_id = id_of(&olga).await;
    assert_eq!(
        task["person"],
        json!({ "id": olga_id, "name": "Olga Berg" })
    );
    assert_eq!(
        task["until"], "2026-01-02",
        "tomorrow, seen from the day of the recording"
    );

    let body = json!({ "user_id": olga_id, "due_on": task["until"] });
    let owner = take.owner.clone().with("if-match", "\"1\"");
    let made: Value = owner
        .post(&path(&take, &task), &body)
        .await
        .expect(201)
        .json();
    assert_eq!(made["suggestion"]["state"], "given");
    let comments: Value = olga.get(&take.api("/comments")).await.expect(200).json();
    let thread = &comments["comments"][0];
    assert_eq!(
        (&thread["id"], &thread["at_ms"]),
        (&made["comment"], &json!(0))
    );
    assert_eq!(thread["assigned"]["user_id"], json!(olga_id));
    assert_eq!(thread["assigned"]["due_on"], "2026-01-02");
    assert!(
        thread["html"].as_str().unwrap().contains("Do 0 *now*"),
        "{thread}"
    );
    let inbox: Value = olga
        .get("/api/me/notices?part=inbox")
        .await
        .expect(200)
        .json();
    assert_eq!(inbox["items"][0]["kind"], "assigned", "{inbox}");

    // A second click makes no second thread.
    let again = owner.post(&path(&take, &task), &body).await;
    again.expect_problem(ProblemCode::VersionConflict);
    take.owner
        .post(&path(&take, &task), &body)
        .await
        .expect(404);
    assert_eq!(page(&take, &take.owner).await["suggestions"], json!([]));

    // Asked again, the model's same task stays a thread.
    endpoint.then(tasks(&["olga"]));
    let anew = format!("/api/recordings/{}/assistant", take.id);
    take.owner.post(&anew, &json!({})).await.expect(202);
    assert_eq!(found(&app, &endpoint, &take).await, Vec::<Value>::new());

    // Taken back: the thread goes, the task is there again.
    let thread = made["comment"].as_str().unwrap();
    take.owner
        .delete(&format!("/api/comments/{thread}"))
        .await
        .expect(204);
    super::decide(&take, &task["id"], json!({ "state": "open" })).await;
    assert_eq!(
        page(&take, &take.owner).await["suggestions"][0]["text"],
        "Do 0 *now*"
    );
}

#[both]
async fn nobody_is_asked_who_may_not_see_the_recording_or_is_not_sure(app: TestApp) {
    let endpoint = Endpoint::start().await;
    let app = set_up(app, &endpoint);
    let anna = member(&app, "Anna").await;
    let (one, two) = (
        called(&app, "Mint", "Max Mint").await,
        called(&app, "Moss", "Max Moss").await,
    );
    endpoint.then(tasks(&["Anna", "Max", "max moss", "nobody"]));
    let take = said(&app, TALK).await;
    let path_of = format!("/api/recordings/{}", take.id);
    let only = json!({ "audience": "owner" });
    take.owner.patch(&path_of, &only).await.expect(200);
    let people = json!({ "user_id": id_of(&one).await });
    take.owner
        .post(&format!("{path_of}/people"), &people)
        .await
        .expect(200);
    let all = found(&app, &endpoint, &take).await;
    let names: Vec<&Value> = all.iter().map(|it| &it["person"]["name"]).collect();
    // Of two of one first name, one may see it.
    assert_eq!(
        names,
        [&Value::Null, &json!("Max Mint"), &Value::Null, &Value::Null]
    );
    for hidden in [&anna, &two] {
        let body = json!({ "user_id": id_of(hidden).await });
        let refused = take.owner.post(&path(&take, &all[0]), &body).await;
        let problem = refused.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("user_id"));
    }
    take.owner
        .patch(&path_of, &json!({ "audience": "members" }))
        .await
        .expect(200);
    let page = page(&take, &take.owner).await;
    let persons: Vec<&Value> = page["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["person"]["name"])
        .collect();
    assert_eq!(
        persons,
        [
            &json!("Anna"),
            &Value::Null,
            &json!("Max Moss"),
            &Value::Null
        ]
    );

    let body = json!({ "user_id": id_of(&anna).await, "due_on": "soon" });
    take.owner
        .post(&path(&take, &all[0]), &body)
        .await
        .expect_problem(ProblemCode::Invalid);
    let body = json!({ "user_id": id_of(&anna).await });
    anna.post(&path(&take, &all[0]), &body).await.expect(403);
    let reader = program(&app, &take.owner, &["read", "comment"]).await;
    reader.post(&path(&take, &all[0]), &body).await.expect(403);
    take.owner
        .patch(&format!("{path_of}/sharing"), &json!({ "comments": "off" }))
        .await
        .expect(200);
    take.owner
        .post(&path(&take, &all[0]), &body)
        .await
        .expect(403);
    let state = json!({ "state": "given" });
    let id = all[0]["id"].as_str().unwrap();
    let set = take
        .owner
        .patch(&format!("{path_of}/suggestions/{id}"), &state)
        .await;
    assert_ne!(set.status, 200, "only a thread makes it so");
}
