//! Groups: made, named, joined, left; and what is shared with them.

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::event_page::Page;
use crate::people::{id_of, recorded, roster};
use crate::take::Take;

async fn make(admin: &Client, name: &str) -> String {
    let made = admin
        .post("/api/server/groups", &json!({ "name": name }))
        .await;
    let made: Value = made.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// Mo and Vi are in Design, Ben is not; Sam's recording is for Design alone.
struct Scene {
    olga: Client,
    mo: Client,
    ben: Client,
    take: Take,
    group: String,
}

impl Scene {
    async fn new(app: &TestApp) -> Self {
        let olga = app.person("olga", Role::Owner).await;
        let mo = app.person("mo", Role::Member).await;
        app.person("vi", Role::Viewer).await;
        let ben = app.person("ben", Role::Member).await;
        let take = recorded(app, app.sam().await, "owner").await;
        let group = make(&olga, "Design").await;
        let this = Self {
            olga,
            mo,
            ben,
            take,
            group,
        };
        for name in ["mo", "vi"] {
            this.olga
                .put(&this.member(name).await, &json!({}))
                .await
                .expect(200);
        }
        let named = json!({ "group_id": this.group });
        let shared = this.take.owner.post(&this.people(), &named).await;
        let shared: Value = shared.expect(200).json();
        assert_eq!(
            shared["people"][0]["group"],
            json!({ "id": this.group, "name": "Design", "members": 2 })
        );
        this
    }

    fn people(&self) -> String {
        format!("/api/recordings/{}/people", self.take.id)
    }

    async fn member(&self, name: &str) -> String {
        let user = id_of(&self.olga, name).await;
        format!("/api/server/groups/{}/members/{user}", self.group)
    }

    async fn sees(&self, who: &Client) -> bool {
        let answer = who.get(&self.take.api("")).await;
        if answer.status != 200 {
            answer.clone().expect_problem(ProblemCode::NotFound);
        }
        answer.status == 200
    }
}

#[both]
async fn who_is_in_a_group_sees_what_is_shared_with_it(app: TestApp) {
    let scene = Scene::new(&app).await;
    assert!(scene.sees(&scene.mo).await);
    assert!(!scene.sees(&scene.ben).await && !scene.sees(&scene.olga).await);
    let join = scene.member("ben").await;
    for _ in 0..2 {
        scene.olga.put(&join, &json!({})).await.expect(200);
    }
    assert!(scene.sees(&scene.ben).await);
    // By what else they are named does not matter.
    let names: Value = scene.mo.get("/api/people").await.expect(200).json();
    assert_eq!(
        names["groups"],
        json!([{ "id": scene.group, "name": "Design" }])
    );
}

#[both]
async fn who_is_taken_out_of_a_group_loses_it_also_where_it_is_open(app: TestApp) {
    let scene = Scene::new(&app).await;
    let media = scene.take.media(&scene.mo).await;
    let list = format!("{media}/video.m3u8");
    app.anonymous().get(&list).await.expect(200);
    let page = Page::open(
        &app,
        &scene.take.api("/events"),
        Some(&scene.mo.authorization()),
        None,
    )
    .await;
    let leave = scene.member("mo").await;
    for _ in 0..2 {
        scene.olga.delete(&leave).await.expect(200);
    }
    assert!(!scene.sees(&scene.mo).await);
    app.anonymous()
        .get(&list)
        .await
        .expect_problem(ProblemCode::LinkExpired);
    assert_eq!(page.rest().await.last().unwrap().kind, "reload");
}

#[both]
async fn a_group_that_is_deleted_takes_along_what_was_shared_with_it(app: TestApp) {
    let scene = Scene::new(&app).await;
    let media = scene.take.media(&scene.mo).await;
    let path = format!("/api/server/groups/{}", scene.group);
    scene.olga.delete(&path).await.expect(204);
    assert!(!scene.sees(&scene.mo).await);
    app.anonymous()
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect_problem(ProblemCode::LinkExpired);
    let sharing: Value = scene
        .take
        .owner
        .get(&format!("/api/recordings/{}/sharing", scene.take.id))
        .await
        .expect(200)
        .json();
    assert_eq!(sharing["people"], json!([]));
    scene
        .olga
        .delete(&path)
        .await
        .expect_problem(ProblemCode::NotFound);
    let named = json!({ "group_id": scene.group });
    let problem = scene
        .take
        .owner
        .post(&scene.people(), &named)
        .await
        .expect_problem(ProblemCode::Invalid);
    assert_eq!(problem.field.as_deref(), Some("person"));
}

#[both]
async fn what_is_shared_with_a_group_is_taken_back(app: TestApp) {
    let scene = Scene::new(&app).await;
    let people = scene.people();
    let named = json!({ "group_id": scene.group });
    // Again is no second row.
    let shared = scene.take.owner.post(&people, &named).await;
    let shared: Value = shared.expect(200).json();
    let all = shared["people"].as_array().unwrap();
    assert_eq!(all.len(), 1);
    let grant = all[0]["id"].as_str().unwrap();
    let both = json!({ "group_id": scene.group, "mail": "x@example.org" });
    scene
        .take
        .owner
        .post(&people, &both)
        .await
        .expect_problem(ProblemCode::Invalid);
    let path = format!("{people}/{grant}");
    scene.take.owner.delete(&path).await.expect(200);
    assert!(!scene.sees(&scene.mo).await);
}

#[both]
async fn groups_have_names_that_can_be_told_apart(app: TestApp) {
    let olga = app.person("olga", Role::Owner).await;
    let design = make(&olga, " Design\n").await;
    make(&olga, "Sales").await;
    for bad in ["", "\u{200b}", "\u{202e}", "DESIGN", &"x".repeat(10_000)] {
        let problem = olga
            .post("/api/server/groups", &json!({ "name": bad }))
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("name"));
    }
    let path = format!("/api/server/groups/{design}");
    olga.patch(&path, &json!({ "name": "sales" }))
        .await
        .expect_problem(ProblemCode::Invalid);
    olga.patch(&path, &json!({ "name": "Product" }))
        .await
        .expect(200);
    let late = olga.clone().with("if-match", "\"1\"");
    late.patch(&path, &json!({ "name": "Other" }))
        .await
        .expect_problem(ProblemCode::VersionConflict);
    let names: Vec<Value> = roster(&olga).await["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, [json!("Product"), json!("Sales")]);
    let nobody = format!("{path}/members/01890000-0000-7000-8000-000000000000");
    olga.put(&nobody, &json!({}))
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn every_change_of_groups_is_written_down(app: TestApp) {
    let scene = Scene::new(&app).await;
    let path = format!("/api/server/groups/{}", scene.group);
    let leave = scene.member("mo").await;
    scene.olga.delete(&leave).await.expect(200);
    scene
        .olga
        .patch(&path, &json!({ "name": "Product" }))
        .await
        .expect(200);
    scene.olga.delete(&path).await.expect(204);
    let log: Value = scene.olga.get("/api/audit").await.expect(200).json();
    let actions: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .filter(|action| action.starts_with("group_"))
        .collect();
    assert_eq!(
        actions,
        [
            "group_deleted",
            "group_renamed",
            "group_left",
            "group_joined",
            "group_joined",
            "group_made"
        ]
    );
}
