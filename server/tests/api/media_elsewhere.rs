//! Single parts that nginx or the bucket sends.

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Sha256, TrackName};
use aside_server::domain::media_delivery::MediaDelivery;
use aside_server::objects::ObjectKey;
use aside_server::testing::TestApp;
use aside_test_macros::both;

use crate::take::{part, parts, take};

#[both]
async fn nginx_is_sent_to_the_file_of_a_single_part_that_is_there(app: TestApp) {
    let app = app
        .configured(|config| config.media = MediaDelivery::AccelRedirect("/objects/".to_owned()));
    let take = take(&app).await;
    take.record(2).await;
    take.finish(4, 4).await;
    let viewer = app.anonymous();
    let media = take.media(&viewer).await;
    let key = ObjectKey::Part {
        recording: take.id,
        track: TrackName::Video,
        number: 3,
        sha256: Sha256::of(&part(TrackName::Video, 3)),
    };
    let answer = viewer
        .get(&format!("{media}/video/3-3.m4s"))
        .await
        .expect(200);
    assert_eq!(
        answer.header("x-accel-redirect"),
        format!("/objects/{}", key.path())
    );
    assert_eq!(answer.header("content-type"), "video/mp4");
    assert!(
        answer
            .header("cache-control")
            .starts_with("public, s-maxage=60, max-age="),
        "{answer:?}"
    );
    assert!(answer.body.is_empty());
    // A run of several parts is several files.
    let run = viewer
        .get(&format!("{media}/video/0-3.m4s"))
        .await
        .expect(200);
    assert_eq!(run.body, parts(TrackName::Video, 0..=3));
    // Nobody is sent to a file that is not there.
    std::fs::remove_file(app.folder().join("objects").join(key.path().as_ref())).unwrap();
    app.app.present.invalidate_all();
    viewer
        .get(&format!("{media}/video/3-3.m4s"))
        .await
        .expect_problem(ProblemCode::PartLost);
    take.for_members_only().await;
    viewer
        .get(&format!("{media}/video/2-2.m4s"))
        .await
        .expect_problem(ProblemCode::LinkExpired);
}
