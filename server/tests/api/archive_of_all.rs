//! An export of all brings what belongs to no recording.

use aside_protocol::recording::TrackName;
use aside_server::archive;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::archive::{export, finished, member_token};
use crate::take::{Take, begin, member};

#[both]
async fn an_export_of_all_brings_trash_groups_views_and_the_log(app: TestApp) {
    use aside_server::domain::account::Role;
    use aside_server::domain::audit::Wanted as Rows;
    use aside_server::domain::views::{Watched, Watcher};
    use aside_server::store::{Tx, views};

    let (shown, trashed) = (finished(&app).await, begin_trashed(&app).await);
    let mara = id_of(&member_token(&app, "mara@example.org").await).await;
    let chief = app.person("chief", Role::Owner).await;
    let group: Value = chief
        .post("/api/server/groups", &json!({ "name": "Design" }))
        .await
        .expect(201)
        .json();
    let path = format!(
        "/api/server/groups/{}/members/{mara}",
        group["id"].as_str().unwrap()
    );
    chief.put(&path, &json!({})).await.expect(200);
    let people = format!("/api/recordings/{}/people", shown.id);
    let with = json!({ "group_id": group["id"] });
    shown.owner.post(&people, &with).await.expect(200);
    let now = app.app.now();
    let mut watched = Watched::default();
    watched.add(0, 2000);
    for who in [
        Watcher::Member(mara.parse().unwrap()),
        Watcher::Visitor([7; 32]),
    ] {
        let noted = app.app.store.write(async |tx: &mut Tx| {
            views::begin(tx, shown.id, &who, now).await?;
            views::set(tx, shown.id, &who, &watched, 2000, true, now).await
        });
        noted.await.unwrap();
    }
    let log = async |app: &TestApp| {
        let rows = app.app.store.audit(&Rows::default(), None, 1000).await;
        let rows = rows.unwrap().into_iter().rev();
        let told = rows.map(|row| {
            (
                row.at,
                row.actor_name,
                row.action,
                row.recording,
                row.detail,
            )
        });
        told.collect::<Vec<_>>()
    };
    let before = log(&app).await;
    assert!(before.len() > 2, "{before:?}");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (done, _) = export(&app, &out).await;
    assert_eq!((done.recordings, done.lacking), (2, 0));
    let list = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert_eq!(list.matches("in the trash").count(), 1, "{list}");

    let mut others = vec![TestApp::seeded(7).await];
    others.extend(TestApp::postgres().await);
    for mut other in others {
        other.app.resources.entropy =
            std::sync::Arc::new(aside_server::entropy::SeededEntropy::new(9));
        member(&other, "Mara").await;
        other.clock.advance(std::time::Duration::from_secs(3600));
        let own = log(&other).await.len();
        let done = archive::import(&other.app, &out, |_| {}).await.unwrap();
        assert_eq!((done.recordings, done.audit), (2, before.len()));
        let sam = member_token(&other, "sam@example.org").await;
        let mara = id_of(&member_token(&other, "mara@example.org").await).await;

        let path = format!("/api/recordings/{}/views", shown.id);
        let seen: Value = sam.get(&path).await.expect(200).json();
        assert_eq!(
            (&seen["people"][0]["user_id"], &seen["unknown"]),
            (&json!(mara), &json!(1)),
            "{seen}"
        );
        let path = format!("/api/recordings/{}/sharing", shown.id);
        let sharing = sam.get(&path).await.expect(200).text();
        assert!(sharing.contains("\"Design\""), "{sharing}");
        let groups = other.app.store.groups().await.unwrap();
        let members: Vec<String> = groups[0].members.iter().map(ToString::to_string).collect();
        assert_eq!((groups.len(), members), (1, vec![mara]));
        let trash: Value = sam.get("/api/trash").await.expect(200).json();
        let card = &trash["items"][0];
        assert_eq!(card["slug"], json!(trashed.slug));
        assert_eq!(
            card["deleted_at"],
            json!(other.app.now()),
            "its thirty days begin anew"
        );
        assert_eq!(log(&other).await[own..], before);

        let again = archive::import(&other.app, &out, |_| {}).await.unwrap();
        assert_eq!((again.recordings, again.audit), (0, 0));
        assert_eq!(log(&other).await.len(), own + before.len());
        assert_eq!(other.app.store.groups().await.unwrap().len(), 1);
    }
}

/// A finished recording of Sam in the trash.
async fn begin_trashed(app: &TestApp) -> Take {
    let owner = member_token(app, "sam@example.org").await;
    let take = begin(app, owner, &[TrackName::Video]).await;
    take.send(TrackName::Video, 0..1).await;
    take.try_finish(1, 0).await.expect(200);
    take.trash().await;
    take
}

async fn id_of(client: &aside_server::testing::Client) -> String {
    let me: Value = client.get("/api/me").await.expect(200).json();
    me["user"]["id"].as_str().unwrap().to_owned()
}
