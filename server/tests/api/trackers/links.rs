//! A recording is linked on an issue that is there (`aside record --for`).

use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::stand_in::StandIn;
use super::{KINDS, add, set_up, work};
use crate::people::recorded;

#[both]
async fn a_recording_is_linked_once_on_an_issue_that_is_there(app: TestApp) {
    let app = set_up(app);
    let sam = app.sam().await;
    for kind in KINDS {
        let take = recorded(&app, sam.clone(), "link").await;
        let path = format!("/api/recordings/{}/issue-link", take.id);
        let tracker = StandIn::start(kind).await;
        tracker.people_made("Cart is empty");
        let (project, issue) = match kind {
            "github" | "gitlab" => (tracker.project(), "1"),
            _ => ("", "SHOP-1"),
        };
        let on = json!({ "kind": kind, "project": project, "issue": issue });
        let none: Value = take.owner.post(&path, &on).await.expect(422).json();
        assert!(
            none["detail"]
                .as_str()
                .unwrap()
                .contains("Settings → Integrations"),
            "{kind}: {none}"
        );
        let (id, _) = add(&take.owner, &tracker, kind, false).await;
        let asked: Value = take.owner.post(&path, &on).await.expect(202).json();
        assert_eq!(
            (&asked["progress"], &asked["linked"]),
            (&json!("waiting"), &json!(true)),
            "{kind}"
        );
        work(&app).await;
        let done: Value = take.owner.post(&path, &on).await.expect(202).json();
        assert_eq!(
            (&done["progress"], &done["name"]),
            (&json!("made"), &json!(tracker.first())),
            "{kind}"
        );
        work(&app).await;
        let issues = tracker.issues();
        assert_eq!(issues.len(), 1, "{kind}");
        let remarks = &issues[0].remarks;
        assert_eq!(remarks.len(), 1, "{kind}");
        assert!(
            remarks[0].contains(&format!("https://aside.test/w/{}", take.slug)),
            "{kind}: {remarks:?}"
        );
        // An issue that is not there is said to be none.
        let absent = if project.is_empty() { "SHOP-9" } else { "9" };
        let on = json!({ "kind": kind, "project": project, "issue": absent });
        take.owner.post(&path, &on).await.expect(202);
        work(&app).await;
        let failed: Value = take.owner.post(&path, &on).await.expect(202).json();
        assert_eq!(failed["progress"], "failed", "{kind}: {failed}");
        take.owner
            .delete(&format!("/api/destinations/{id}"))
            .await
            .expect(204);
    }
}
