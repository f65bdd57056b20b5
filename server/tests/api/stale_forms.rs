//! Forms whose state has a tag: of two who change one thing, the second is told that it is another meanwhile.

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::begin;
use aside_protocol::recording::TrackName;

struct Form {
    method: &'static str,
    path: String,
    /// Where it is read.
    read: String,
    /// In which list of that it stands.
    list: Option<&'static str>,
    first: Value,
    second: Value,
}

impl Form {
    async fn tag(&self, who: &Client) -> String {
        let answer = who.get(&self.read).await.expect(200);
        match self.list {
            None => answer.header("etag").to_owned(),
            Some(list) => {
                let all: Value = answer.json();
                let all = all[list].as_array().unwrap().clone();
                let id = self.path.rsplit('/').next().unwrap();
                let found = all.iter().find(|it| it["id"] == id).unwrap();
                format!("\"{}\"", found["etag"].as_str().unwrap())
            }
        }
    }

    async fn send(&self, who: &Client, tag: Option<&str>, body: &Value) -> Answer {
        let who = match tag {
            Some(tag) => who.clone().with("if-match", tag),
            None => who.clone(),
        };
        match self.method {
            "PUT" => who.put(&self.path, body).await,
            _ => who.patch(&self.path, body).await,
        }
    }
}

async fn forms(app: &TestApp, olga: &Client, mo: &Client) -> Vec<Form> {
    let take = begin(app, olga.clone(), &[TrackName::Video, TrackName::Audio]).await;
    let made = |answer: Answer| answer.expect(201).json::<Value>();
    let folder = made(olga.post("/api/folders", &json!({ "name": "Team" })).await);
    let hook = json!({ "kind": "webhook", "name": "Build", "target": { "url": "https://hooks.example.org/x" },
        "rule": { "events": ["recording.finished"], "places": "all" } });
    let of_server = {
        let mut hook = hook.clone();
        hook["server"] = json!(true);
        made(olga.post("/api/destinations", &hook).await)
    };
    let own = made(olga.post("/api/destinations", &hook).await);
    let me: Value = mo.get("/api/me").await.expect(200).json();
    let settings: Value = olga.get("/api/me/notice-settings").await.expect(200).json();
    let with = |field: &str, value: Value| {
        let mut settings = settings["settings"].clone();
        settings[field] = value;
        settings
    };
    let form = |method, path: String, read: &str, list, first, second| Form {
        method,
        path,
        read: read.to_owned(),
        list,
        first,
        second,
    };
    let at = |path: &str, of: &Value| format!("{path}/{}", of["id"].as_str().unwrap());
    let folder = at("/api/folders", &folder);
    let sharing = format!("{folder}/sharing");
    let (own, of_server) = (
        at("/api/destinations", &own["destination"]),
        at("/api/destinations", &of_server["destination"]),
    );
    let viewers = format!("/api/recordings/{}/viewers", take.id);
    let same = |method, path: &str, first, second| {
        form(method, path.to_owned(), path, None, first, second)
    };
    let named = |name: &str| json!({ "name": name });
    vec![
        form(
            "PATCH",
            folder,
            "/api/library",
            Some("folders"),
            named("One"),
            named("Two"),
        ),
        same(
            "PATCH",
            &sharing,
            json!({ "audience": "members" }),
            json!({ "audience": "owner" }),
        ),
        form(
            "PATCH",
            own,
            "/api/destinations",
            Some("destinations"),
            named("One"),
            named("Two"),
        ),
        form(
            "PATCH",
            of_server,
            "/api/destinations?server=true",
            Some("destinations"),
            named("One"),
            json!({ "paused": true }),
        ),
        same(
            "PUT",
            "/api/server/team-words",
            json!({ "words": "One" }),
            json!({ "words": "Two" }),
        ),
        same(
            "PUT",
            "/api/server/retention",
            json!({ "days": 30, "since": "created" }),
            json!({ "days": 60, "since": "created" }),
        ),
        form(
            "PUT",
            "/api/server/sharing".to_owned(),
            "/api/me/sharing",
            None,
            json!({ "server": "members" }),
            json!({ "server": "owner" }),
        ),
        same(
            "PUT",
            "/api/me/sharing",
            json!({ "own": "members" }),
            json!({ "own": null }),
        ),
        form(
            "PUT",
            "/api/server/views".to_owned(),
            "/api/me/views",
            None,
            json!({ "server": false }),
            json!({ "server": true }),
        ),
        same(
            "PUT",
            "/api/me/views",
            json!({ "own": false }),
            json!({ "own": true }),
        ),
        same(
            "PATCH",
            "/api/me/profile",
            named("Olga One"),
            named("Olga Two"),
        ),
        same(
            "PUT",
            "/api/me/notice-settings",
            with("zone", json!("Europe/Berlin")),
            with("zone", json!("Asia/Tokyo")),
        ),
        same(
            "PUT",
            &viewers,
            json!({ "people": [me["user"]["id"]] }),
            json!({ "people": [] }),
        ),
    ]
}

#[both]
async fn of_two_who_change_a_form_the_second_is_told_and_overwrites_nothing(app: TestApp) {
    let app =
        app.configured(|config| config.public_url = Some("https://aside.test".parse().unwrap()));
    let olga = app.person("olga", Role::Owner).await;
    let mo = app.person("mo", Role::Member).await;
    for form in forms(&app, &olga, &mo).await {
        let name = format!("{} {}", form.method, form.path);
        let seen = form.tag(&olga).await;
        let first = form.send(&olga, Some(&seen), &form.first).await;
        assert!(
            first.status.is_success(),
            "{name}: {} {}",
            first.status,
            first.text()
        );
        let now = form.tag(&olga).await;
        assert_ne!(seen, now, "{name}");
        let late = form.send(&olga, Some(&seen), &form.second).await;
        late.expect_problem(ProblemCode::VersionConflict);
        assert_eq!(
            form.tag(&olga).await,
            now,
            "{name}: nothing was overwritten"
        );
        // The answer said what to go on from; several may be named, and none.
        let after = first.header("etag").to_owned();
        let any = format!("\"other\", W/{after}");
        let second = form.send(&olga, Some(&any), &form.second).await;
        assert!(
            second.status.is_success(),
            "{name}: {} {}",
            second.status,
            second.text()
        );
        let last = form.send(&olga, None, &form.first).await;
        assert!(
            last.status.is_success(),
            "{name}: {} {}",
            last.status,
            last.text()
        );
    }
}

#[both]
async fn a_state_is_found_however_its_id_is_written_and_to_look_for_it_is_not_counted(
    app: TestApp,
) {
    let app = app.configured(|config| config.api_rate = 100);
    let olga = app.person("olga", Role::Owner).await;
    let new = json!({ "name": "Team" });
    let folder = olga.post("/api/folders", &new).await.expect(201);
    let id = folder.json::<Value>()["id"].as_str().unwrap().to_owned();
    let left = |answer: &Answer| answer.header("ratelimit-remaining").parse::<u32>().unwrap();
    let before = left(&folder);
    let stale = olga.clone().with("if-match", "\"stale\"");
    let path = format!("/api/folders/{}", id.to_uppercase());
    let refused = stale.patch(&path, &json!({ "name": "One" })).await;
    assert_eq!(left(&refused) + 1, before);
    refused.expect_problem(ProblemCode::VersionConflict);
    // Of what is in no list nothing is changed either.
    let unknown = "/api/folders/01890000-0000-7000-8000-000000000000";
    let refused = stale.patch(unknown, &json!({ "name": "One" })).await;
    refused.expect_problem(ProblemCode::VersionConflict);
    // What is not theirs to read is refused by the change itself.
    let mo = app.person("mo", Role::Member).await;
    let sharing = format!("/api/folders/{id}/sharing");
    mo.with("if-match", "\"stale\"")
        .patch(&sharing, &json!({ "audience": "members" }))
        .await
        .expect_problem(ProblemCode::NotFound);
}
