//! Exports and imports: from one server of either kind into another.

use std::path::Path;

use aside_protocol::recording::TrackName;
use aside_server::archive::{self, ExportError, Exported, ImportError, Step, Wanted};
use aside_server::domain::library::Folder;
use aside_server::objects::ObjectKey;
use aside_server::store::{Tx, folders, handovers};
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, begin, member, parts, take};

const ALL: Wanted = Wanted {
    owner: None,
    // These parts are made by hand and hold no pictures; tests/e2e/exported.rs makes real files.
    one_file: false,
};

pub(crate) async fn export(app: &TestApp, to: &Path) -> (Exported, Vec<Step>) {
    let mut steps = Vec::new();
    let done = archive::export(&app.app, &ALL, to, |step| steps.push(step)).await;
    (done.unwrap(), steps)
}

/// A finished take with a comment, an answer and a chapter.
pub(crate) async fn finished(app: &TestApp) -> Take {
    let take = take(app).await;
    take.record(2).await;
    take.finish(4, 4).await;
    let mara = member(app, "Mara").await;
    let first: Value = mara
        .post(
            &take.api("/comments"),
            &json!({ "at_ms": 500, "body": "The *button*" }),
        )
        .await
        .expect(201)
        .json();
    take.owner
        .post(
            &take.api("/comments"),
            &json!({ "at_ms": 500, "parent_id": first["id"], "body": "Fixed <b>now</b>" }),
        )
        .await
        .expect(201);
    take
}

/// What a stranger with the link sees, without what differs from server to server.
async fn seen(app: &TestApp, take: &Take) -> Value {
    let anyone = app.anonymous();
    let watch: Value = anyone.get(&take.api("")).await.expect(200).json();
    let comments: Value = anyone.get(&take.api("/comments")).await.expect(200).json();
    let said: Vec<Value> = comments["comments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| json!([c["id"], c["html"], c["author"]["name"], c["at_ms"]]))
        .collect();
    let base = watch["playback"]["url"]
        .as_str()
        .unwrap()
        .replace("/master.m3u8", "");
    let video = anyone
        .get(&format!("{base}/video/0-3.m4s"))
        .await
        .expect(200);
    assert_eq!(video.body, parts(TrackName::Video, 0..=3));
    json!({ "title": watch["title"], "state": watch["state"], "comments": said })
}

#[both]
async fn a_recording_is_seen_on_another_server_of_either_kind_under_the_same_link(app: TestApp) {
    let take = finished(&app).await;
    let before = seen(&app, &take).await;
    assert_eq!(before["comments"].as_array().unwrap().len(), 2, "{before}");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (done, _) = export(&app, &out).await;
    assert_eq!((done.recordings, done.lacking), (1, 0));

    let mut others = vec![TestApp::seeded(7).await];
    others.extend(TestApp::postgres().await);
    for mut other in others {
        other.app.resources.entropy =
            std::sync::Arc::new(aside_server::entropy::SeededEntropy::new(9));
        // Mara is here too, under another id.
        member(&other, "Mara").await;
        let mut steps = Vec::new();
        let done = archive::import(&other.app, &out, |step| steps.push(step))
            .await
            .unwrap();
        assert_eq!(
            (done.recordings, done.present, done.refused),
            (1, 0, 0),
            "{steps:?}"
        );
        assert_eq!(done.accounts, ["sam@example.org"]);
        assert_eq!(seen(&other, &take).await, before);
        // Her comment is still hers; she may change it.
        let token = member_token(&other, "mara@example.org").await;
        let comments: Value = token.get(&take.api("/comments")).await.expect(200).json();
        assert_eq!(comments["comments"][0]["mine"], true, "{comments}");
        assert_eq!(comments["comments"][1]["mine"], false, "{comments}");

        let again = archive::import(&other.app, &out, |_| {}).await.unwrap();
        assert_eq!((again.recordings, again.present), (0, 1));
        assert!(again.accounts.is_empty());
    }
}

/// Somebody who has an account already, with a token.
pub(crate) async fn member_token(app: &TestApp, email: &str) -> aside_server::testing::Client {
    use aside_server::domain::token::Kind;
    use aside_server::service::token::issue;
    use aside_server::store::{StoreError, Tx};
    let (user, _) = app
        .app
        .store
        .credentials(&email.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let made = app
        .app
        .store
        .write(async |tx: &mut Tx| -> Result<_, StoreError> {
            Ok(issue(tx, &app.app, Kind::Api, Some(user.id), "test")
                .await?
                .1)
        });
    let secret = made.await.unwrap();
    app.anonymous()
        .with("authorization", &format!("Bearer {}", secret.reveal()))
}

#[both]
async fn an_export_holds_what_people_and_programs_read(app: TestApp) {
    let take = finished(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    export(&app, &out).await;
    let manifest: Value = read(&out.join("aside-export.json"));
    let item = &manifest["recordings"][0];
    assert_eq!(item["slug"], take.slug.to_string());
    let of = out
        .join("recordings")
        .join(item["folder"].as_str().unwrap());
    let comments = std::fs::read_to_string(of.join("comments.md")).unwrap();
    assert!(
        comments.contains("## 0:00, Mara, 2026-01-01 00:00")
            && comments.contains("> Fixed <b>now</b>"),
        "{comments}"
    );
    let told: Value = read(&of.join("recording.json"));
    assert_eq!(told["comments"][0]["markdown"], "The *button*");
    let page = std::fs::read_to_string(of.join("index.html")).unwrap();
    assert!(
        page.contains("The <em>button</em>") && !page.contains("<b>now"),
        "{page}"
    );
    let list = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(list.contains("Bug in &lt;login&gt;"), "{list}");
    // The track is its init and its parts, one behind the other.
    let track = std::fs::read(of.join("tracks/video.mp4")).unwrap();
    let mut whole = crate::take::init(TrackName::Video);
    whole.extend(parts(TrackName::Video, 0..=3));
    assert_eq!(track, whole);
    // Nothing in it lets anybody sign in.
    let all = std::fs::read_to_string(out.join("people.json")).unwrap();
    assert!(
        all.contains("mara@example.org") && !all.contains("argon2"),
        "{all}"
    );
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[both]
async fn an_export_of_a_person_holds_no_recording_of_another_and_nothing_unfinished(app: TestApp) {
    let sams = finished(&app).await;
    let ana = member(&app, "Ana").await;
    let anas = begin(&app, ana.clone(), &[TrackName::Video]).await;
    anas.send(TrackName::Video, 0..2).await;
    anas.try_finish(2, 0).await.expect(200);
    let running = begin(&app, ana.clone(), &[TrackName::Video]).await;
    running.send(TrackName::Video, 0..1).await;
    let trashed = begin(&app, ana, &[TrackName::Video]).await;
    trashed.send(TrackName::Video, 0..1).await;
    trashed.try_finish(1, 0).await.expect(200);
    trashed.trash().await;

    let (user, _) = app
        .app
        .store
        .credentials(&"ana@example.org".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let wanted = Wanted {
        owner: Some(user.id),
        ..ALL
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut steps = Vec::new();
    let done = archive::export(&app.app, &wanted, &out, |step| steps.push(step))
        .await
        .unwrap();
    assert_eq!((done.recordings, done.lacking), (1, 1), "{steps:?}");
    assert!(
        matches!(&steps[0], Step::Lacking { why, .. } if why.contains("not finished")),
        "{steps:?}"
    );
    let manifest: Value = read(&out.join("aside-export.json"));
    assert_eq!(manifest["recordings"][0]["id"], anas.id.to_string());
    let people = std::fs::read_to_string(out.join("people.json")).unwrap();
    assert!(
        !people.contains("sam@") && !people.contains("mara@"),
        "{people}"
    );
    drop(sams);
}

#[both]
async fn nothing_is_put_into_a_folder_that_somebody_else_has_here(app: TestApp) {
    let take = finished(&app).await;
    let new = json!({ "name": "Mine" });
    let made: Value = take
        .owner
        .post("/api/folders", &new)
        .await
        .expect(201)
        .json();
    let put = json!({ "ids": [take.id], "move_to": { "folder_id": made["id"] } });
    take.owner
        .post("/api/library/change", &put)
        .await
        .expect(204);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    export(&app, &out).await;

    for is_taken in [false, true] {
        let other = TestApp::seeded(5).await;
        let olga = member(&other, "Olga").await;
        let me: Value = olga.get("/api/me").await.expect(200).json();
        if is_taken {
            let there = Folder {
                id: made["id"].as_str().unwrap().parse().unwrap(),
                owner: me["user"]["id"].as_str().unwrap().parse().unwrap(),
                parent: None,
                name: "Olga's".to_owned(),
                created_at: other.app.now(),
                retention: None,
                audience: None,
                shared_by: None,
            };
            let store = &other.app.store;
            let written = store.write(async |tx: &mut Tx| folders::insert(tx, &there).await);
            written.await.unwrap();
        }
        archive::import(&other.app, &out, |_| {}).await.unwrap();
        let store = &other.app.store;
        let found = store.write(async |tx: &mut Tx| handovers::folder_of(tx, take.id).await);
        assert_eq!(found.await.unwrap().is_none(), is_taken);
    }
}

#[both]
async fn what_was_changed_cut_off_or_is_in_the_way_is_refused_and_leaves_no_row(app: TestApp) {
    let take = finished(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    export(&app, &out).await;
    let twice = archive::export(&app.app, &ALL, &out, |_| {}).await;
    assert!(matches!(twice, Err(ExportError::Stage(_))), "{twice:?}");

    let empty = TestApp::seeded(3).await;
    let refused = archive::import(&empty.app, &out, |_| {}).await;
    assert!(matches!(refused, Err(ImportError::NotSetUp)), "{refused:?}");
    let other = TestApp::seeded(4).await;
    member(&other, "Olga").await;
    let nothing = archive::import(&other.app, folder.path(), |_| {}).await;
    assert!(
        matches!(nothing, Err(ImportError::NotAnExport(_))),
        "{nothing:?}"
    );

    let manifest: Value = read(&out.join("aside-export.json"));
    let of = out
        .join("recordings")
        .join(manifest["recordings"][0]["folder"].as_str().unwrap());
    let track = of.join("tracks/audio.mp4");
    let whole = std::fs::read(&track).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    for damaged in [changed, whole[..whole.len() - 1].to_vec()] {
        std::fs::write(&track, damaged).unwrap();
        let refused = archive::import(&other.app, &out, |_| {}).await;
        assert!(refused.is_err(), "{refused:?}");
        other.anonymous().get(&take.api("")).await.expect(404);
    }
    std::fs::write(&track, whole).unwrap();
    let rows = std::fs::read_to_string(of.join("rows.json")).unwrap();
    let theirs = rows.replacen("\"table\":\"tracks\"", "\"table\":\"tokens\"", 1);
    std::fs::write(of.join("rows.json"), theirs).unwrap();
    let refused = archive::import(&other.app, &out, |_| {}).await;
    assert!(matches!(refused, Err(ImportError::Rows(_))), "{refused:?}");
    std::fs::write(of.join("rows.json"), rows).unwrap();
    let done = archive::import(&other.app, &out, |_| {}).await.unwrap();
    assert_eq!(done.recordings, 1);
}

#[both]
async fn parts_that_the_server_lost_are_told_and_the_rest_is_there(app: TestApp) {
    let take = finished(&app).await;
    let lost = ObjectKey::Part {
        recording: take.id,
        track: TrackName::Audio,
        number: 1,
        sha256: aside_protocol::recording::Sha256::of(&crate::take::part(TrackName::Audio, 1)),
    };
    app.app.objects.delete(&lost).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (done, steps) = export(&app, &out).await;
    assert_eq!((done.recordings, done.lacking), (1, 1), "{steps:?}");
    let other = TestApp::seeded(5).await;
    member(&other, "Olga").await;
    let done = archive::import(&other.app, &out, |_| {}).await.unwrap();
    assert_eq!(done.recordings, 1);
    let left = other
        .app
        .store
        .stored_parts(take.id, TrackName::Audio, 0, 9)
        .await
        .unwrap();
    assert_eq!(
        left.iter().map(|part| part.number).collect::<Vec<_>>(),
        [0, 2, 3]
    );
    seen(&other, &take).await;
}
