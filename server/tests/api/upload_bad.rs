//! Upload: what is wrong is refused with a code, keeps nothing, and harms nothing that was sent before.

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::{UploadStatus, content_digest};
use aside_server::domain::account::Role;
use aside_server::testing::{Client, Take, TestApp, audio_part, part_request, video_part};
use aside_test_macros::both;
use axum::body::Body;
use bytes::Bytes;
use serde_json::json;

/// Nothing of what was refused is held.
async fn holds_nothing(client: &Client, take: &Take) {
    let status: UploadStatus = client
        .get(&format!("{}/upload", take.path()))
        .await
        .expect(200)
        .json();
    assert!(
        status.received.iter().all(|t| t.ranges.is_empty()),
        "{status:?}"
    );
}

#[both]
async fn a_wrong_digest_is_refused(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
    request.headers_mut().insert(
        "content-digest",
        content_digest(&Sha256::of(b"other")).parse().unwrap(),
    );
    sam.request(request)
        .await
        .expect_problem(ProblemCode::DigestMismatch);
    let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
    request.headers_mut().remove("content-digest");
    sam.request(request)
        .await
        .expect_problem(ProblemCode::DigestMissing);
    let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
    request.headers_mut().insert(
        "content-digest",
        "sha-256=:bm90IGEgaGFzaA==:".parse().unwrap(),
    );
    sam.request(request)
        .await
        .expect_problem(ProblemCode::DigestMissing);
    holds_nothing(&sam, &take).await;
}

#[both]
async fn other_bytes_under_a_known_number_are_a_conflict_and_change_nothing(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.upload(&take).await;
    let other = video_part(9, 0, 900);
    sam.put_bytes(&take, TrackName::Video, 0, &other)
        .await
        .expect_problem(ProblemCode::PartConflict);
    sam.put_part(&take, TrackName::Video, 0).await.expect(200);
}

#[both]
async fn a_part_that_is_no_cmaf_is_refused(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 2));
    sam.create(&take).await.expect(201);
    let cut = take.video[0].slice(..take.video[0].len() - 1);
    let twice = Bytes::from([&take.video[0][..], &take.video[0][..]].concat());
    let init = Bytes::from(aside_server::testing::video_init());
    for bytes in [
        Bytes::from_static(b"not a part"),
        Bytes::new(),
        cut,
        twice,
        init,
    ] {
        sam.put_bytes(&take, TrackName::Video, 0, &bytes)
            .await
            .expect_problem(ProblemCode::NotCmaf);
    }
    holds_nothing(&sam, &take).await;
}

#[both]
async fn a_part_of_another_track_or_number_is_refused(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 2));
    sam.create(&take).await.expect(201);
    sam.put_bytes(&take, TrackName::Video, 0, &audio_part(1, 0))
        .await
        .expect_problem(ProblemCode::NotCmaf);
    sam.put_bytes(&take, TrackName::Audio, 0, &take.video[0])
        .await
        .expect_problem(ProblemCode::NotCmaf);
    sam.put_bytes(&take, TrackName::Video, 0, &take.video[1])
        .await
        .expect_problem(ProblemCode::NotCmaf);
    holds_nothing(&sam, &take).await;
}

#[both]
async fn a_part_that_overlaps_its_neighbours_is_refused(app: TestApp) {
    use aside_protocol::cmaf::{Sample, write_part};
    use aside_protocol::recording::Kind;
    let (sam, take) = (app.sam().await, Take::new(1, 4));
    sam.create(&take).await.expect(201);
    for n in [0, 2] {
        sam.put_part(&take, TrackName::Audio, n).await.expect(201);
    }
    let sample = Sample {
        duration: 1024,
        sync: true,
        data: Bytes::from_static(&[1; 20]),
    };
    let second = 46 * 1024;
    let early = write_part(1, second - 1, Kind::Audio, std::slice::from_ref(&sample)).unwrap();
    let late = write_part(
        1,
        2 * second - 1023,
        Kind::Audio,
        std::slice::from_ref(&sample),
    )
    .unwrap();
    for bytes in [early, late] {
        sam.put_bytes(&take, TrackName::Audio, 1, &bytes)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    sam.put_part(&take, TrackName::Audio, 1).await.expect(201);
}

#[both]
async fn a_part_longer_than_a_second_is_refused(app: TestApp) {
    use aside_protocol::cmaf::{Sample, write_part};
    use aside_protocol::recording::Kind;
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let sample = Sample {
        duration: 48_001,
        sync: true,
        data: Bytes::from_static(&[1; 20]),
    };
    let long = write_part(0, 0, Kind::Audio, &[sample]).unwrap();
    sam.put_bytes(&take, TrackName::Audio, 0, &long)
        .await
        .expect_problem(ProblemCode::NotCmaf);
}

#[both]
async fn a_part_of_a_hundred_megabytes_is_refused_before_it_is_read_into_memory(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let chunk = Bytes::from(vec![0; 1024 * 1024]);
    let body = Body::from_stream(futures_util::stream::iter(
        (0..100).map(move |_| Ok::<_, std::io::Error>(chunk.clone())),
    ));
    let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
    request
        .headers_mut()
        .insert("content-length", "104857600".parse().unwrap());
    *request.body_mut() = body;
    sam.request(request)
        .await
        .expect_problem(ProblemCode::TooLarge);
    holds_nothing(&sam, &take).await;
}

#[both]
async fn a_part_without_a_length_is_refused(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
    request.headers_mut().remove("content-length");
    sam.request(request)
        .await
        .expect_problem(ProblemCode::LengthRequired);
}

#[both]
async fn a_lying_content_length_is_refused(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let length = take.video[0].len();
    for (lie, code) in [
        ((length + 1).to_string(), ProblemCode::BodyIncomplete),
        ((length - 1).to_string(), ProblemCode::BadRequest),
        ("many".to_owned(), ProblemCode::BadRequest),
    ] {
        let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
        request
            .headers_mut()
            .insert("content-length", lie.parse().unwrap());
        sam.request(request).await.expect_problem(code);
    }
    holds_nothing(&sam, &take).await;
}

#[both]
async fn a_large_part_that_lies_or_breaks_off_keeps_nothing_either(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let large = video_part(1, 0, 300_000);
    for (length, code) in [
        (large.len() + 1, ProblemCode::BodyIncomplete),
        (large.len() - 1, ProblemCode::BadRequest),
    ] {
        let mut request = part_request(&take, TrackName::Video, 0, &large);
        request
            .headers_mut()
            .insert("content-length", length.into());
        sam.request(request).await.expect_problem(code);
    }
    let broken = [
        Ok(large.slice(..large.len() / 2)),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    let mut request = part_request(&take, TrackName::Video, 0, &large);
    *request.body_mut() = Body::from_stream(futures_util::stream::iter(broken));
    sam.request(request)
        .await
        .expect_problem(ProblemCode::BodyIncomplete);
    holds_nothing(&sam, &take).await;
    sam.put_bytes(&take, TrackName::Video, 0, &large)
        .await
        .expect(201);
}

#[both]
async fn a_body_that_breaks_off_keeps_nothing(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    let half = take.video[0].slice(..take.video[0].len() / 2);
    let broken = [
        Ok(half),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
    *request.body_mut() = Body::from_stream(futures_util::stream::iter(broken));
    sam.request(request)
        .await
        .expect_problem(ProblemCode::BodyIncomplete);
    holds_nothing(&sam, &take).await;
    sam.put_part(&take, TrackName::Video, 0).await.expect(201);
}

#[both]
async fn two_recorders_with_the_same_id_do_not_mix(app: TestApp) {
    let (sam, ana) = (app.sam().await, app.person("ana", Role::Member).await);
    let take = Take::new(1, 1);
    sam.upload(&take).await;
    ana.create(&take)
        .await
        .expect_problem(ProblemCode::Forbidden);
    let other = Take {
        slug: Take::new(2, 1).slug,
        ..take.clone()
    };
    sam.create(&other)
        .await
        .expect_problem(ProblemCode::RecordingConflict);
    let mut wanted = take.create();
    wanted["tracks"].as_array_mut().unwrap().pop();
    sam.put(&take.path(), &wanted)
        .await
        .expect_problem(ProblemCode::RecordingConflict);
    sam.finish(&take).await.expect(200);
}

#[both]
async fn a_link_that_is_taken_is_a_conflict(app: TestApp) {
    let sam = app.sam().await;
    let take = Take::new(1, 1);
    sam.create(&take).await.expect(201);
    let other = Take {
        slug: take.slug.clone(),
        ..Take::new(2, 1)
    };
    sam.create(&other)
        .await
        .expect_problem(ProblemCode::RecordingConflict);
}

#[both]
async fn somebody_elses_token_opens_nothing(app: TestApp) {
    let (sam, ana) = (app.sam().await, app.person("ana", Role::Owner).await);
    let take = Take::new(1, 1);
    sam.upload(&take).await;
    ana.put_part(&take, TrackName::Video, 0)
        .await
        .expect_problem(ProblemCode::Forbidden);
    ana.get(&format!("{}/upload", take.path()))
        .await
        .expect_problem(ProblemCode::Forbidden);
    ana.finish(&take)
        .await
        .expect_problem(ProblemCode::Forbidden);
    let nobody = app.anonymous();
    nobody
        .create(&Take::new(3, 1))
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    nobody
        .put_part(&take, TrackName::Video, 0)
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    let forged = app
        .anonymous()
        .with("authorization", "Bearer aside_nonsense");
    forged
        .put_part(&take, TrackName::Video, 0)
        .await
        .expect_problem(ProblemCode::Unauthenticated);
}

#[both]
async fn a_viewer_does_not_record(app: TestApp) {
    let vera = app.person("vera", Role::Viewer).await;
    let problem = vera
        .create(&Take::new(1, 1))
        .await
        .expect_problem(ProblemCode::MayNotRecord);
    let detail = problem.detail.unwrap();
    assert!(detail.contains("Ask an owner or an admin"), "{detail}");
}

#[both]
async fn a_recording_that_does_not_exist_takes_no_parts(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.put_part(&take, TrackName::Video, 0)
        .await
        .expect_problem(ProblemCode::NotFound);
    sam.finish(&take)
        .await
        .expect_problem(ProblemCode::NotFound);
    sam.get(&format!("{}/upload", take.path()))
        .await
        .expect_problem(ProblemCode::NotFound);
    sam.get("/api/recordings/nonsense/upload")
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn a_track_that_was_not_created_takes_no_parts(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.create(&take).await.expect(201);
    for track in ["camera", "nonsense"] {
        let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
        *request.uri_mut() = format!("{}/tracks/{track}/parts/0", take.path())
            .parse()
            .unwrap();
        sam.request(request)
            .await
            .expect_problem(ProblemCode::NotFound);
    }
    let mut request = part_request(&take, TrackName::Video, 0, &take.video[0]);
    *request.uri_mut() = format!("{}/tracks/video/parts/345600", take.path())
        .parse()
        .unwrap();
    sam.request(request)
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn a_create_that_makes_no_sense_is_refused_by_field(app: TestApp) {
    let sam = app.sam().await;
    let take = Take::new(1, 1);
    let good = take.create();
    let with = |field: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        bad[field] = value;
        bad
    };
    let video = good["tracks"][0].clone();
    for (field, bad) in [
        ("title", with("title", json!("x".repeat(201)))),
        ("started_at", with("started_at", json!(-1))),
        ("tracks", with("tracks", json!([]))),
        ("tracks", with("tracks", json!([video, video]))),
        (
            "tracks",
            with("tracks", json!([{ "name": "video", "init": "AAAA" }])),
        ),
        (
            "tracks",
            with(
                "tracks",
                json!([video, { "name": "audio", "init": video["init"] }]),
            ),
        ),
    ] {
        let problem = sam
            .put(&take.path(), &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field), "{problem:?}");
    }
    for bad in [
        with("slug", json!("../../etc/passwd")),
        with("slug", json!("short")),
        with("surprise", json!(1)),
    ] {
        sam.put(&take.path(), &bad)
            .await
            .expect_problem(ProblemCode::Invalid);
    }
    let v4 = RecordingId("7d444840-9dc0-41d1-b245-5ffdce74fad2".parse().unwrap());
    let other = Take {
        id: v4,
        slug: Slug::from_entropy(&[5; 32]).unwrap(),
        ..take
    };
    sam.create(&other)
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn a_deleted_recording_takes_no_parts_until_it_is_restored(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 2));
    sam.create(&take).await.expect(201);
    sam.delete(&take.path()).await.expect(204);
    sam.put_part(&take, TrackName::Video, 0)
        .await
        .expect_problem(ProblemCode::Gone);
    sam.finish(&take).await.expect_problem(ProblemCode::Gone);
    sam.post(&format!("{}/restore", take.path()), &json!({}))
        .await
        .expect(204);
    sam.put_part(&take, TrackName::Video, 0).await.expect(201);
}
