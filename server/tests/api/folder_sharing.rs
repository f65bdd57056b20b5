//! Folders whose sharing counts for what lies in them: moved in and out, nested, narrowed, told to others; several recordings shared
//! or given away at once.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::event_page::Page;
use crate::take::{Take, authorization, begin, member};

pub(crate) async fn folder(client: &Client, name: &str, parent: Option<&str>) -> String {
    let new = json!({ "name": name, "parent_id": parent });
    let made: Value = client.post("/api/folders", &new).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn id_of(client: &Client) -> String {
    let me: Value = client.get("/api/me").await.expect(200).json();
    me["user"]["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn sharing(take: &Take) -> Value {
    let path = format!("/api/recordings/{}/sharing", take.id);
    take.owner.get(&path).await.expect(200).json()
}

pub(crate) async fn put_into(take: &Take, folder: Option<&str>) {
    let change = json!({ "ids": [take.id], "move_to": { "folder_id": folder } });
    let changed = take.owner.post("/api/library/change", &change).await;
    changed.expect(204);
}

pub(crate) async fn share_folder(owner: &Client, id: &str, audience: Value) -> Value {
    let path = format!("/api/folders/{id}/sharing");
    let change = json!({ "audience": audience });
    owner.patch(&path, &change).await.expect(200).json()
}

pub(crate) async fn name_for_folder(owner: &Client, id: &str, person: Value) -> Value {
    let path = format!("/api/folders/{id}/people");
    owner.post(&path, &person).await.expect(200).json()
}

pub(crate) async fn sees(who: &Client, take: &Take) -> bool {
    let answer = who.get(&take.api("")).await;
    match answer.status.as_u16() {
        200 => true,
        404 => false,
        other => panic!("{other}"),
    }
}

/// A finished take of Sam, for whoever has the link.
pub(crate) async fn finished(sam: &Client, app: &TestApp) -> Take {
    let take = begin(app, sam.clone(), &[TrackName::Video, TrackName::Audio]).await;
    take.record(1).await;
    take.finish(2, 2).await;
    take
}

#[both]
async fn what_lies_in_a_folder_is_for_whom_the_folder_is_and_out_of_it_what_it_was(app: TestApp) {
    let sam = member(&app, "Sam").await;
    let (mo, jo) = (member(&app, "Mo").await, member(&app, "Jo").await);
    let anyone = app.anonymous();
    let take = finished(&sam, &app).await;
    let media = take.media(&anyone).await;
    let team = folder(&sam, "Team", None).await;
    let inner = folder(&sam, "Inner", Some(&team)).await;
    name_for_folder(&sam, &team, json!({ "user_id": id_of(&mo).await })).await;
    // Named for it is nobody before it lies there.
    put_into(&take, Some(&inner)).await;
    let told = sharing(&take).await;
    assert_eq!(
        (
            &told["audience"],
            &told["folder"]["name"],
            &told["folder"]["counts"]
        ),
        (&json!("owner"), &json!("Team"), &json!(true))
    );
    assert_eq!(told["folder"]["people"], 1);
    assert!(sees(&mo, &take).await && sees(&sam, &take).await);
    assert!(!sees(&jo, &take).await && !sees(&anyone, &take).await);
    anyone
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect_problem(ProblemCode::LinkExpired);

    // A folder of its own word inside of it.
    share_folder(&sam, &inner, json!("members")).await;
    assert!(sees(&jo, &take).await && !sees(&anyone, &take).await);
    let of_mo: Value = mo.get("/api/library").await.expect(200).json();
    assert_eq!(of_mo["shared_folders"].as_array().unwrap().len(), 2);
    let of_jo: Value = jo.get("/api/library").await.expect(200).json();
    assert_eq!(of_jo["shared_folders"][0]["name"], "Inner");
    assert_eq!(of_jo["shared_folders"].as_array().unwrap().len(), 1);
    let listed = format!("/api/recordings?section=everyone&folder={inner}");
    let listed: Value = jo.get(&listed).await.expect(200).json();
    assert_eq!(listed["items"][0]["id"], json!(take.id));
    share_folder(&sam, &inner, Value::Null).await;
    assert!(!sees(&jo, &take).await && sees(&mo, &take).await);

    // The folder itself is moved out of the shared one, and back.
    let moved = format!("/api/folders/{inner}");
    let to = |folder: Option<&str>| json!({ "move_to": { "folder_id": folder } });
    sam.patch(&moved, &to(None)).await.expect(200);
    assert!(sees(&anyone, &take).await);
    sam.patch(&moved, &to(Some(&team))).await.expect(200);
    assert!(!sees(&anyone, &take).await && sees(&mo, &take).await);

    // What is taken out is what it was, and in the trash nothing is left behind with the folder.
    put_into(&take, None).await;
    assert!(sees(&anyone, &take).await);
    assert_eq!(sharing(&take).await["folder"], Value::Null);
    put_into(&take, Some(&inner)).await;
    take.trash().await;
    sam.delete(&moved).await.expect(204);
    sam.post(&format!("/api/recordings/{}/restore", take.id), &json!({}))
        .await
        .expect(204);
    assert!(sees(&anyone, &take).await);
}

#[both]
async fn a_recording_in_a_shared_folder_may_be_narrowed_and_is_never_wider(app: TestApp) {
    let sam = member(&app, "Sam").await;
    let (mo, jo) = (member(&app, "Mo").await, member(&app, "Jo").await);
    let take = finished(&sam, &app).await;
    let path = format!("/api/recordings/{}/sharing", take.id);
    let team = folder(&sam, "Team", None).await;
    share_folder(&sam, &team, json!("members")).await;
    put_into(&take, Some(&team)).await;
    for path in [&path, &format!("/api/recordings/{}", take.id)] {
        let problem = sam.patch(path, &json!({ "audience": "link" })).await;
        let problem = problem.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("audience"), "{path}");
    }
    let narrowed = sam.patch(&path, &json!({ "audience": "owner" })).await;
    let narrowed: Value = narrowed.expect(200).json();
    assert_eq!(narrowed["folder"]["counts"], false);
    assert!(!sees(&mo, &take).await);
    // The folder may be for more; what is narrowed is not.
    name_for_folder(&sam, &team, json!({ "user_id": id_of(&mo).await })).await;
    assert!(!sees(&mo, &take).await);
    // Whom the owner names for it alone sees it, in whatever folder it lies.
    let people = format!("/api/recordings/{}/people", take.id);
    let named = json!({ "user_id": id_of(&jo).await });
    sam.post(&people, &named).await.expect(200);
    assert!(sees(&jo, &take).await && !sees(&mo, &take).await);
    // Narrowed it stays where it is moved, and until its owner says so.
    put_into(&take, None).await;
    put_into(&take, Some(&team)).await;
    assert!(!sees(&mo, &take).await);
    let change = json!({ "ids": [take.id], "as_folder": true });
    sam.post("/api/library/change", &change).await.expect(204);
    assert!(sees(&mo, &take).await);
    put_into(&take, None).await;
    let problem = sam.patch(&path, &json!({ "as_folder": true })).await;
    problem.expect_problem(ProblemCode::Invalid);
    // What was chosen for it alone is what it is outside.
    assert_eq!(sharing(&take).await["audience"], "owner");
}

#[both]
async fn to_name_somebody_for_a_folder_in_a_shared_one_takes_it_from_no_member(app: TestApp) {
    let sam = member(&app, "Sam").await;
    let (mo, jo) = (member(&app, "Mo").await, member(&app, "Jo").await);
    let take = finished(&sam, &app).await;
    let team = folder(&sam, "Team", None).await;
    let inner = folder(&sam, "Inner", Some(&team)).await;
    share_folder(&sam, &team, json!("members")).await;
    put_into(&take, Some(&inner)).await;
    let named = json!({ "user_id": id_of(&mo).await });
    let named = name_for_folder(&sam, &inner, named).await;
    assert_eq!(named["audience"], "members");
    assert!(sees(&mo, &take).await && sees(&jo, &take).await);
    assert!(!sees(&app.anonymous(), &take).await);
}

#[both]
async fn open_pages_and_media_links_end_with_the_sharing_of_the_folder(app: TestApp) {
    let of_sam = authorization(&app, "Sam").await;
    let sam = app.anonymous().with("authorization", &of_sam);
    let mo = authorization(&app, "Mo").await;
    let (mo_client, jo) = (
        app.anonymous().with("authorization", &mo),
        member(&app, "Jo").await,
    );
    let take = finished(&sam, &app).await;
    let team = folder(&sam, "Team", None).await;
    put_into(&take, Some(&team)).await;
    let shared = share_folder(&sam, &team, json!("members")).await;
    assert_eq!(
        (&shared["audience"], &shared["recordings"]),
        (&json!("members"), &json!(1))
    );
    let mo_named = json!({ "user_id": id_of(&mo_client).await });
    let named = name_for_folder(&sam, &team, mo_named).await;
    let media = take.media(&mo_client).await;
    let page = Page::open(&app, &take.api("/events"), Some(&mo), None).await;
    let mut page_of_sam = Page::open(&app, &take.api("/events"), Some(&of_sam), None).await;
    let grant = named["people"][0]["id"].as_str().unwrap();
    let grant = format!("/api/folders/{team}/people/{grant}");
    // Still in the audience: only what was given before ends.
    sam.delete(&grant).await.expect(200);
    assert!(sees(&mo_client, &take).await);
    let ended = app.anonymous().get(&format!("{media}/video.m3u8")).await;
    ended.expect_problem(ProblemCode::LinkExpired);
    share_folder(&sam, &team, json!("owner")).await;
    assert!(!sees(&mo_client, &take).await && !sees(&jo, &take).await);
    assert_eq!(page.rest().await.last().unwrap().kind, "reload");
    page_of_sam.next_of("sharing").await;
    sam.delete(&grant)
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_folder_is_shared_by_its_owner_with_people_groups_and_members_and_written_down(
    app: TestApp,
) {
    let olga = app.person("olga", Role::Owner).await;
    let mo = member(&app, "Mo").await;
    let take = finished(&olga, &app).await;
    let team = folder(&olga, "Team", None).await;
    put_into(&take, Some(&team)).await;
    let group = json!({ "name": "Design" });
    let group: Value = olga
        .post("/api/server/groups", &group)
        .await
        .expect(201)
        .json();
    let group = group["id"].as_str().unwrap();
    let members = format!("/api/server/groups/{group}/members/{}", id_of(&mo).await);
    olga.put(&members, &json!({})).await.expect(200);
    // To name somebody shares it with them alone.
    let named = name_for_folder(&olga, &team, json!({ "group_id": group })).await;
    assert_eq!(
        (&named["audience"], &named["people"][0]["group"]["name"]),
        (&json!("owner"), &json!("Design"))
    );
    assert!(sees(&mo, &take).await);
    // Whoever leaves the group loses it.
    let media = take.media(&mo).await;
    olga.delete(&members).await.expect(200);
    assert!(!sees(&mo, &take).await);
    let ended = app.anonymous().get(&format!("{media}/video.m3u8")).await;
    ended.expect_problem(ProblemCode::LinkExpired);

    let sharing = format!("/api/folders/{team}/sharing");
    let people = format!("/api/folders/{team}/people");
    // A field that is missing is no null: the folder stays shared.
    olga.patch(&sharing, &json!({}))
        .await
        .expect_problem(ProblemCode::Invalid);
    let still: Value = olga.get(&sharing).await.expect(200).json();
    assert_eq!(still["audience"], "owner");
    for (path, body, field) in [
        (&sharing, json!({ "audience": "link" }), "audience"),
        (&people, json!({}), "person"),
        (&people, json!({ "user_id": id_of(&olga).await }), "person"),
        (
            &people,
            json!({ "group_id": "01890000-0000-7000-8000-000000000000" }),
            "person",
        ),
    ] {
        let answer = match path.ends_with("people") {
            true => olga.post(path, &body).await,
            false => olga.patch(path, &body).await,
        };
        let problem = answer.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field), "{body}");
    }
    // Of nobody else.
    mo.get(&sharing).await.expect_problem(ProblemCode::NotFound);
    mo.patch(&sharing, &json!({ "audience": "members" }))
        .await
        .expect_problem(ProblemCode::NotFound);

    // Others follow and mute what is shared with them.
    let word = format!("/api/me/subscriptions/folder/{team}");
    mo.put(&word, &json!({ "follows": true }))
        .await
        .expect_problem(ProblemCode::NotFound);
    share_folder(&olga, &team, json!("members")).await;
    mo.put(&word, &json!({ "follows": true })).await.expect(204);
    let said = json!({ "at_ms": 0, "body": "words" });
    olga.post(&take.api("/comments"), &said).await.expect(201);
    let inbox: Value = mo.get("/api/me/notices").await.expect(200).json();
    assert_eq!(inbox["items"][0]["kind"], "followed");

    let log: Value = olga.get("/api/audit").await.expect(200).json();
    let log = log["entries"].as_array().unwrap().iter();
    let changes = log.filter(|it| it["action"] == "folder_shared");
    assert_eq!(changes.count(), 2);
}

#[both]
async fn several_are_shared_at_once_and_what_was_changed_is_told(app: TestApp) {
    let sam = member(&app, "Sam").await;
    let mo = member(&app, "Mo").await;
    let (one, two) = (finished(&sam, &app).await, finished(&sam, &app).await);
    let ids = json!([one.id, two.id]);
    let change = json!({ "ids": ids, "audience": "owner" });
    sam.post("/api/library/change", &change).await.expect(204);
    assert!(!sees(&mo, &one).await && !sees(&mo, &two).await);
    let mut share = json!({ "ids": [one.id], "user_id": id_of(&mo).await });
    let path = "/api/library/share";
    let shared: Value = sam.post(path, &share).await.expect(200).json();
    assert_eq!(shared["changed"], json!([one.id]));
    share["ids"] = ids;
    let shared: Value = sam.post(path, &share).await.expect(200).json();
    assert_eq!(shared["changed"], json!([two.id]), "one was shared already");
    assert!(sees(&mo, &one).await && sees(&mo, &two).await);
    let inbox: Value = mo.get("/api/me/notices").await.expect(200).json();
    assert_eq!(inbox["items"].as_array().unwrap().len(), 2);
    share["remove"] = json!(true);
    sam.post(path, &share).await.expect(200);
    assert!(!sees(&mo, &one).await && !sees(&mo, &two).await);
    // Of somebody else: none of them.
    share["user_id"] = json!(id_of(&member(&app, "Ana").await).await);
    mo.post(path, &share)
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_recording_is_handed_over_by_its_owner_the_other_is_told_and_it_can_be_taken_back(
    app: TestApp,
) {
    let sam = member(&app, "Sam").await;
    let mo = member(&app, "Mo").await;
    let mo_id = id_of(&mo).await;
    let take = finished(&sam, &app).await;
    let team = folder(&sam, "Team", None).await;
    put_into(&take, Some(&team)).await;
    share_folder(&sam, &team, json!("owner")).await;
    let people = format!("/api/recordings/{}/people", take.id);
    let named = json!({ "user_id": mo_id });
    sam.post(&people, &named).await.expect(200);
    let owner_of = async || {
        let page: Value = mo.get(&take.api("")).await.expect(200).json();
        page["owner"]["name"].as_str().map(str::to_owned)
    };
    let give = json!({ "ids": [take.id], "hand_over_to": mo_id });
    let back = json!({ "ids": [take.id] });
    let to_nobody = json!({ "ids": [take.id], "hand_over_to": id_of(&sam).await });
    sam.post("/api/library/change", &to_nobody)
        .await
        .expect_problem(ProblemCode::Invalid);
    sam.post("/api/library/change", &give).await.expect(204);
    assert_eq!(owner_of().await.as_deref(), Some("Mo"));
    // The folder that was for fewer than the link stayed behind.
    let anyone = app.anonymous();
    assert!(!sees(&anyone, &take).await);
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    sam.get(&sharing)
        .await
        .expect_problem(ProblemCode::NotFound);
    let inbox: Value = mo.get("/api/me/notices").await.expect(200).json();
    assert_eq!(inbox["items"][0]["kind"], "given");
    // Not by whoever it was not of.
    mo.post("/api/library/take-back", &back)
        .await
        .expect_problem(ProblemCode::NotFound);

    sam.post("/api/library/take-back", &back).await.expect(204);
    assert_eq!(owner_of().await.as_deref(), Some("Sam"));
    let now = self::sharing(&take).await;
    assert_eq!(
        (
            &now["audience"],
            &now["folder"]["name"],
            &now["people"][0]["name"]
        ),
        (&json!("owner"), &json!("Team"), &json!("Mo"))
    );
    sam.post("/api/library/take-back", &back)
        .await
        .expect_problem(ProblemCode::NotFound);
    // What was chosen for it alone came back with it.
    put_into(&take, None).await;
    assert!(sees(&anyone, &take).await);
    put_into(&take, Some(&team)).await;

    // For a minute.
    sam.post("/api/library/change", &give).await.expect(204);
    app.clock.advance(Duration::from_secs(60));
    sam.post("/api/library/take-back", &back)
        .await
        .expect_problem(ProblemCode::NotFound);
    assert_eq!(owner_of().await.as_deref(), Some("Mo"));
}

#[both]
async fn all_that_somebody_hands_over_is_for_nobody_who_could_not_see_it_in_its_folder(
    app: TestApp,
) {
    let olga = app.person("olga", Role::Owner).await;
    let (sam, mo) = (member(&app, "Sam").await, member(&app, "Mo").await);
    let (inside, alone) = (finished(&sam, &app).await, finished(&sam, &app).await);
    let team = folder(&sam, "Team", None).await;
    put_into(&inside, Some(&team)).await;
    share_folder(&sam, &team, json!("owner")).await;
    let hand = format!("/api/server/people/{}/hand-over", id_of(&sam).await);
    let to = json!({ "to": id_of(&mo).await });
    olga.post(&hand, &to).await.expect(200);
    let anyone = app.anonymous();
    assert!(!sees(&anyone, &inside).await && sees(&anyone, &alone).await);
    assert!(sees(&mo, &inside).await);
}
