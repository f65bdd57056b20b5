//! Who is to do what a thread says, and until when.

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{guest, id_of, list, refused, write};
use crate::event_page::Page;
use crate::take::{Take, begin, member, take};

fn assignment(take: &Take, comment: &Value) -> String {
    take.api(&format!(
        "/comments/{}/assignment",
        comment["id"].as_str().unwrap()
    ))
}

#[both]
async fn a_thread_is_assigned_until_the_end_of_a_day_where_the_person_is_and_taken_back(
    app: TestApp,
) {
    let take = take(&app).await;
    let (mara, jo) = (member(&app, "Mara").await, member(&app, "Jo").await);
    jo.patch(
        "/api/me/profile",
        &json!({ "time_zone": "Pacific/Kiritimati" }),
    )
    .await
    .expect(204);
    let root = write(&mara, &take, json!({ "at_ms": 1, "body": "fix it" })).await;
    let path = assignment(&take, &root);
    let mut page = Page::of(&app, &take).await;
    let wanted = json!({ "user_id": id_of(&jo).await, "due_on": "2026-01-31" });
    let assigned: Value = mara.put(&path, &wanted).await.expect(200).json();
    // Ten in the morning of UTC.
    assert_eq!(
        assigned["assigned"],
        json!({ "user_id": wanted["user_id"], "name": "Jo", "due_on": "2026-01-31", "due_at": 1_769_853_600_000_000_i64, "shared": null })
    );
    let again: Value = mara.put(&path, &wanted).await.expect(200).json();
    assert_eq!(
        again["version"], assigned["version"],
        "a second click changes nothing"
    );
    assert_eq!(
        list(&take.owner, &take).await[0]["assigned"]["shared"],
        false
    );
    // Who does what is not told to who has no account.
    assert_eq!(page.next_of("comment").await.data["assigned"], Value::Null);
    assert_eq!(
        list(&app.anonymous(), &take).await[0]["assigned"],
        Value::Null
    );

    let stale = mara.clone().with("if-match", "\"1\"");
    stale
        .put(&path, &json!({ "user_id": id_of(&mara).await }))
        .await
        .expect_problem(ProblemCode::VersionConflict);
    let moved = json!({ "user_id": id_of(&mara).await, "due_on": null });
    let moved: Value = take.owner.put(&path, &moved).await.expect(200).json();
    assert_eq!(
        (
            moved["assigned"]["name"].clone(),
            moved["assigned"]["due_at"].clone()
        ),
        (json!("Mara"), Value::Null)
    );
    let none: Value = mara.delete(&path).await.expect(200).json();
    assert_eq!(none["assigned"], Value::Null);
    mara.delete(&path).await.expect(200);
}

#[both]
async fn what_is_no_thread_no_person_or_no_day_is_not_assigned(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let id = id_of(&mara).await;
    let root = write(&mara, &take, json!({ "body": "fix it" })).await;
    let reply = json!({ "body": "yes", "parent_id": root["id"] });
    let reply = write(&mara, &take, reply).await;
    let path = assignment(&take, &root);
    let nobody = json!({ "user_id": "01941f29-7c00-7000-8000-000000000000" });
    refused(mara.put(&path, &nobody).await, "user_id").await;
    for day in ["tomorrow", "2026-02-30", "1026-01-01", ""] {
        let wrong = json!({ "user_id": id, "due_on": day });
        refused(mara.put(&path, &wrong).await, "due_on").await;
    }
    let me = json!({ "user_id": id });
    refused(mara.put(&assignment(&take, &reply), &me).await, "user_id").await;
    let (ana, _) = guest(&app, &take, "Ana", 2).await;
    ana.put(&path, &me)
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    let elsewhere = begin(&app, take.owner.clone(), &[TrackName::Video]).await;
    mara.put(&assignment(&elsewhere, &root), &me)
        .await
        .expect_problem(ProblemCode::NotFound);
}
