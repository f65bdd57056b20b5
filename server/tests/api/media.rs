//! `/media/{cap}/…`: what players ask for.
//!
//! Who waits is woken when a row is there, which may be before its sender has the receipt. So a
//! claim to wait is proved by what the answer holds, not by who is done first.

use aside_test_macros::both;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::domain::capability::{Capability, MediaKey};
use aside_server::testing::{Answer, Client, TestApp};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use crate::take::{begin, init, member, parts, take};

async fn ranged(who: &Client, path: &str, range: &str) -> Answer {
    who.clone().with("range", range).get(path).await
}

async fn head(who: &Client, path: &str) -> Answer {
    let request = Request::builder()
        .method(Method::HEAD)
        .uri(path)
        .header("host", "aside.test")
        .body(Body::empty());
    who.request(request.unwrap()).await
}

/// The lines of a playlist that name media.
fn uris(playlist: &str) -> Vec<&str> {
    playlist.lines().filter(|l| !l.starts_with('#')).collect()
}

#[both]
async fn a_master_playlist_names_picture_and_sound(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let media = take.media(&app.anonymous()).await;
    let master = app
        .anonymous()
        .get(&format!("{media}/master.m3u8"))
        .await
        .expect(200);
    assert_eq!(
        master.header("content-type"),
        "application/vnd.apple.mpegurl"
    );
    assert_eq!(master.header("cache-control"), "no-cache");
    let text = master.text();
    assert!(
        text.contains(
            "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,AUDIO=\"sound\"\nvideo.m3u8\n"
        ),
        "{text}"
    );
    assert!(text.contains("URI=\"audio.m3u8\""), "{text}");
}

#[both]
async fn a_take_without_a_microphone_plays(app: TestApp) {
    let take = begin(&app, member(&app, "Sam").await, &[TrackName::Video]).await;
    take.send(TrackName::Video, 0..3).await;
    let media = take.media(&app.anonymous()).await;
    let text = app
        .anonymous()
        .get(&format!("{media}/master.m3u8"))
        .await
        .expect(200)
        .text();
    assert!(
        !text.contains("audio") && text.contains("\nvideo.m3u8\n"),
        "{text}"
    );
    app.anonymous()
        .get(&format!("{media}/audio.m3u8"))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn everything_a_playlist_lists_is_there(app: TestApp) {
    let take = take(&app).await;
    take.record(7).await;
    take.finish(14, 14).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    for (track, kind) in [
        (TrackName::Video, "video/mp4"),
        (TrackName::Audio, "audio/mp4"),
    ] {
        let list = anyone
            .get(&format!("{media}/{track}.m3u8"))
            .await
            .expect(200)
            .text();
        assert!(
            list.contains("#EXT-X-PLAYLIST-TYPE:VOD") && list.ends_with("#EXT-X-ENDLIST\n"),
            "{list}"
        );
        let mut bytes = Vec::new();
        for uri in uris(&list) {
            let segment = anyone.get(&format!("{media}/{uri}")).await.expect(200);
            assert_eq!(segment.header("content-type"), kind);
            assert_eq!(
                segment.header("content-length"),
                segment.body.len().to_string()
            );
            bytes.extend_from_slice(&segment.body);
        }
        assert_eq!(bytes, parts(track, 0..=13));
        let start = anyone
            .get(&format!("{media}/{track}/init.mp4"))
            .await
            .expect(200);
        assert_eq!(start.body, init(track));
        assert_eq!(start.header("content-type"), kind);
    }
}

#[both]
async fn media_is_cached_for_ever_and_asks_for_no_cookie(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let media = take.media(&app.anonymous()).await;
    for path in ["video/0-1.m4s", "video/init.mp4"] {
        let answer = app
            .anonymous()
            .with("cookie", "aside_session=nonsense")
            .with("origin", "https://elsewhere.example")
            .get(&format!("{media}/{path}"))
            .await
            .expect(200);
        let cache = answer.header("cache-control");
        assert!(
            cache.starts_with("public, s-maxage=60, max-age=2") && cache.ends_with(", immutable"),
            "{cache}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(answer.header("content-encoding"), "");
    }
}

#[both]
async fn one_range_is_honoured_and_several_are_not(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let anyone = app.anonymous();
    let path = format!("{}/video/1-3.m4s", take.media(&anyone).await);
    let whole = parts(TrackName::Video, 1..=3);
    let total = whole.len();

    let middle = ranged(&anyone, &path, "bytes=100-499").await.expect(206);
    assert_eq!(middle.body, whole[100..500]);
    assert_eq!(
        middle.header("content-range"),
        format!("bytes 100-499/{total}")
    );
    assert_eq!(middle.header("content-length"), "400");
    assert_eq!(
        ranged(&anyone, &path, "bytes=-7").await.expect(206).body,
        whole[total - 7..]
    );
    assert_eq!(
        ranged(&anyone, &path, "bytes=5-").await.expect(206).body,
        whole[5..]
    );
    assert_eq!(
        ranged(&anyone, &path, "bytes=0-1,5-6")
            .await
            .expect(200)
            .body,
        whole
    );
    assert_eq!(
        ranged(&anyone, &path, "bytes=9-3").await.expect(200).body,
        whole
    );

    let outside = ranged(&anyone, &path, &format!("bytes={total}-")).await;
    assert_eq!(outside.header("content-range"), format!("bytes */{total}"));
    outside.expect_problem(ProblemCode::RangeNotSatisfiable);
}

#[both]
async fn head_tells_the_length_and_sends_nothing(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let answer = head(&anyone, &format!("{media}/video/0-1.m4s"))
        .await
        .expect(200);
    assert_eq!(
        answer.header("content-length"),
        parts(TrackName::Video, 0..=1).len().to_string()
    );
    assert!(answer.body.is_empty());
    assert!(
        head(&anyone, &format!("{media}/master.m3u8"))
            .await
            .expect(200)
            .body
            .is_empty()
    );
}

#[both]
async fn a_playlist_that_did_not_change_is_not_sent_again(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let path = format!("{}/video.m3u8", take.media(&anyone).await);
    let first = anyone.get(&path).await.expect(200);
    let known = anyone.clone().with("if-none-match", first.header("etag"));
    let again = known.get(&path).await.expect(304);
    assert!(first.header("etag").starts_with("W/") && again.body.is_empty());
    take.send(TrackName::Video, [2]).await;
    assert_ne!(
        known.get(&path).await.expect(200).header("etag"),
        first.header("etag")
    );
}

#[both]
async fn a_blocked_reload_wakes_when_the_part_lands(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let path = format!(
        "{}/video.m3u8?_HLS_msn=1&_HLS_part=2",
        take.media(&anyone).await
    );
    let (reload, ()) = tokio::join!(anyone.get(&path), take.send(TrackName::Video, [2]));
    let text = reload.expect(200).text();
    assert!(
        text.contains("video/2-2.m4s") && text.contains("video/3-3.m4s"),
        "the part, and the hint at the next: {text}"
    );
    assert!(!text.contains("ENDLIST"));
}

#[both]
async fn a_blocked_reload_wakes_when_the_take_ends_and_still_finds_its_parts(app: TestApp) {
    let take = take(&app).await;
    take.record(3).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let path = format!("{media}/video.m3u8?_HLS_msn=2&_HLS_part=2");
    let (reload, ()) = tokio::join!(anyone.get(&path), take.finish(6, 6));
    let text = reload.expect(200).text();
    assert!(
        text.contains("URI=\"video/5-5.m4s\"")
            && text.ends_with("\nvideo/4-5.m4s\n#EXT-X-ENDLIST\n"),
        "{text}"
    );
    let fresh = anyone
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect(200)
        .text();
    assert!(
        !fresh.contains("EXT-X-PART"),
        "who comes later gets plain segments: {fresh}"
    );
}

#[both]
async fn a_hinted_part_is_sent_when_it_lands(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let path = format!("{media}/video/2-2.m4s");
    let (hinted, ()) = tokio::join!(anyone.get(&path), take.send(TrackName::Video, [2]));
    assert_eq!(hinted.expect(200).body, parts(TrackName::Video, 2..=2));
    anyone
        .get(&format!("{media}/video/4-4.m4s"))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn absurd_reloads_are_refused(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    for query in [
        "_HLS_msn=7",
        "_HLS_msn=18446744073709551615&_HLS_part=0",
        "_HLS_msn=-1",
        "_HLS_msn=x",
        "_HLS_part=1",
    ] {
        anyone
            .get(&format!("{media}/video.m3u8?{query}"))
            .await
            .expect_problem(ProblemCode::BadRequest);
    }
}

#[both]
async fn what_is_not_there_is_not_found(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    take.finish(2, 2).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    for path in [
        "camera.m3u8",
        "video",
        "video.mpd",
        "master.m3u8.m3u8",
        "camera/init.mp4",
        "video/init.mp3",
        "video/0-2.m4s",
        "video/2-2.m4s",
        "video/1-0.m4s",
        "video/00-1.m4s",
        "video/0-99999999999.m4s",
        "video/..%2Finit.mp4",
        "nothing/0-1.m4s",
        "video/0-1.m4s/more",
    ] {
        anyone
            .get(&format!("{media}/{path}"))
            .await
            .expect_problem(ProblemCode::NotFound);
    }
}

#[both]
async fn parts_behind_a_hole_are_not_listed(app: TestApp) {
    let take = take(&app).await;
    take.send(TrackName::Video, [0, 1, 3]).await;
    take.send(TrackName::Audio, [0]).await;
    let anyone = app.anonymous();
    let path = format!("{}/video.m3u8", take.media(&anyone).await);
    assert!(!anyone.get(&path).await.expect(200).text().contains("3-3"));
    take.send(TrackName::Video, [2]).await;
    assert!(anyone.get(&path).await.expect(200).text().contains("3-3"));
}

#[both]
async fn a_link_that_was_made_up_opens_nothing(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let forged =
        MediaKey::new([9; 32]).sign(&Capability::new(take.id, 0, true, None, app.app.now()));
    let mut bent = media.clone();
    bent.replace_range(9..10, if &bent[9..10] == "A" { "B" } else { "A" });
    for cap in [
        format!("/media/{forged}"),
        bent,
        "/media/x".to_owned(),
        format!("/media/{}", take.slug),
    ] {
        for file in [
            "master.m3u8",
            "video.m3u8",
            "video/init.mp4",
            "video/0-0.m4s",
        ] {
            let answer = anyone.get(&format!("{cap}/{file}")).await;
            assert_eq!(
                answer.header("access-control-allow-origin"),
                "*",
                "a page of any origin may read why"
            );
            answer.expect_problem(ProblemCode::Forbidden);
        }
    }
}

#[both]
async fn a_link_runs_out_and_the_watch_page_gives_a_new_one(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    take.finish(2, 2).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    app.clock.advance(Duration::from_secs(5 * 3600));
    anyone
        .get(&format!("{media}/video/0-0.m4s"))
        .await
        .expect(200);
    app.clock.advance(Duration::from_secs(2 * 3600));
    for file in [
        "master.m3u8",
        "audio.m3u8",
        "video/init.mp4",
        "video/0-0.m4s",
    ] {
        anyone
            .get(&format!("{media}/{file}"))
            .await
            .expect_problem(ProblemCode::LinkExpired);
    }
    let fresh = take.media(&anyone).await;
    anyone
        .get(&format!("{fresh}/video/0-0.m4s"))
        .await
        .expect(200);
}

#[both]
async fn a_link_from_before_the_audience_was_changed_never_comes_alive_again(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let old = take.media(&anyone).await;
    take.owner
        .patch(
            &format!("/api/recordings/{}", take.id),
            &json!({ "title": "New" }),
        )
        .await
        .expect(200);
    anyone
        .get(&format!("{old}/video/0-0.m4s"))
        .await
        .expect(200);
    for audience in ["members", "link", "link"] {
        take.owner
            .patch(
                &format!("/api/recordings/{}", take.id),
                &json!({ "audience": audience }),
            )
            .await
            .expect(200);
        for file in [
            "master.m3u8",
            "video.m3u8",
            "video/init.mp4",
            "video/0-0.m4s",
        ] {
            anyone
                .get(&format!("{old}/{file}"))
                .await
                .expect_problem(ProblemCode::LinkExpired);
        }
        let fresh = take.media(&take.owner).await;
        let answer = anyone
            .get(&format!("{fresh}/video/0-0.m4s"))
            .await
            .expect(200);
        let private = answer.header("cache-control").starts_with("private, ");
        assert_eq!(
            private,
            audience == "members",
            "shared caches keep nothing that is for members"
        );
    }
}

#[both]
async fn a_trashed_recording_stops_playing_at_once(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    take.trash().await;
    for file in [
        "master.m3u8",
        "video.m3u8",
        "video/init.mp4",
        "video/0-0.m4s",
    ] {
        anyone
            .get(&format!("{media}/{file}"))
            .await
            .expect_problem(ProblemCode::Gone);
    }
}

#[both]
async fn a_trashed_recording_wakes_who_waits_for_it(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let path = format!(
        "{}/video.m3u8?_HLS_msn=1&_HLS_part=2",
        take.media(&anyone).await
    );
    let (reload, ()) = tokio::join!(anyone.get(&path), take.trash());
    reload.expect_problem(ProblemCode::Gone);
}

#[both]
async fn links_given_to_everybody_end_when_a_recording_is_for_members(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let open = take.media(&anyone).await;
    take.for_members_only().await;
    for file in [
        "master.m3u8",
        "video.m3u8",
        "video/init.mp4",
        "video/0-0.m4s",
    ] {
        anyone
            .get(&format!("{open}/{file}"))
            .await
            .expect_problem(ProblemCode::LinkExpired);
    }
    let closed = take.media(&member(&app, "Mara").await).await;
    anyone
        .get(&format!("{closed}/video/0-0.m4s"))
        .await
        .expect(200);
}

#[both]
async fn the_link_leads_players_to_the_playlist(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    take.finish(2, 2).await;
    let link = format!("/w/{}/master.m3u8", take.slug);
    let found = app.anonymous().get(&link).await.expect(302);
    assert_eq!(found.header("cache-control"), "no-store");
    assert_eq!(
        found.header("access-control-allow-origin"),
        "*",
        "a player on another page may follow"
    );
    app.anonymous()
        .get(found.header("location"))
        .await
        .expect(200);
    app.anonymous()
        .get("/w/0000000000000000000000/master.m3u8")
        .await
        .expect_problem(ProblemCode::NotFound);
    take.for_members_only().await;
    app.anonymous()
        .get(&link)
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn the_link_waits_for_a_whole_segment_of_picture_and_sound(app: TestApp) {
    let take = take(&app).await;
    take.record(6).await;
    let anyone = app.anonymous();
    let path = format!("/w/{}/master.m3u8", take.slug);
    let answered = async {
        anyone.get(&path).await.expect(302);
        let closing = app
            .app
            .store
            .stored_parts(take.id, TrackName::Audio, 12, 12)
            .await
            .unwrap();
        assert_eq!(
            closing.len(),
            1,
            "the part that closes the first segment of sound was there before the answer"
        );
    };
    tokio::join!(answered, take.send(TrackName::Audio, [12]));
}
