//! What many viewers of a running take share.

use aside_server::testing::TestApp;
use aside_test_macros::both;
use std::sync::Arc;
use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_server::playlist::{Reader, Take};
use futures_util::future::join_all;

use crate::take::{parts, take};

#[both]
async fn however_many_look_at_a_recording_its_rows_are_read_once_a_change(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let cache = &app.app.tracks;
    let all = || async {
        let views = join_all((0..50).map(|_| cache.view(take.id))).await;
        let views: Vec<_> = views
            .into_iter()
            .map(|view| view.unwrap().unwrap())
            .collect();
        assert!(
            views.iter().all(|view| Arc::ptr_eq(view, &views[0])),
            "each reader has made its own view"
        );
        Arc::clone(&views[0])
    };
    let before = all().await;
    app.app.notify.notify(take.id);
    assert!(Arc::ptr_eq(&before, &all().await), "nothing has changed");
    take.send(TrackName::Video, 4..5).await;
    let after = all().await;
    assert_eq!(before.track(TrackName::Video).unwrap().listing.next(), 4);
    assert_eq!(after.track(TrackName::Video).unwrap().listing.next(), 5);
    let sound =
        |view: &aside_server::track_cache::View| Arc::clone(view.track(TrackName::Audio).unwrap());
    assert!(
        Arc::ptr_eq(&sound(&before), &sound(&after)),
        "the other track is the same"
    );
}

#[both]
async fn a_playlist_is_written_once_for_all_who_read_it(app: TestApp) {
    let take = take(&app).await;
    take.record(2).await;
    let view = app.app.tracks.view(take.id).await.unwrap().unwrap();
    let track = view.track(TrackName::Video).unwrap();
    let now = Take {
        started_at: view.recording.started_at,
        ended: false,
    };
    let text = track.playlist(
        now,
        Reader {
            follows: true,
            delta: true,
        },
    );
    assert!(Arc::ptr_eq(
        &text,
        &track.playlist(
            now,
            Reader {
                follows: true,
                delta: true
            }
        )
    ));
    assert!(
        Arc::ptr_eq(
            &text,
            &track.playlist(
                now,
                Reader {
                    follows: false,
                    delta: true
                }
            )
        ),
        "before the end all see the same"
    );
}

#[both]
async fn who_asks_for_what_is_new_gets_a_delta_update(app: TestApp) {
    let take = take(&app).await;
    take.record(80).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let whole = anyone
        .get(&format!("{media}/video.m3u8"))
        .await
        .expect(200)
        .text();
    assert!(
        whole.contains("CAN-SKIP-UNTIL=60.0") && !whole.contains("EXT-X-SKIP"),
        "{whole}"
    );
    let last = whole.matches("#EXTINF").count();
    let delta = anyone
        .get(&format!("{media}/video.m3u8?_HLS_msn={last}&_HLS_skip=YES"))
        .await
        .expect(200)
        .text();
    let skipped: usize = delta
        .split("#EXT-X-SKIP:SKIPPED-SEGMENTS=")
        .nth(1)
        .unwrap()
        .split('\n')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(skipped > 0);
    assert_eq!(skipped + delta.matches("#EXTINF").count(), last);
    let tail = &delta[delta.find("#EXTINF").unwrap()..];
    assert!(whole.ends_with(tail), "{tail}");
}

#[both]
async fn a_playlist_is_compressed_for_who_can_read_that(app: TestApp) {
    let take = take(&app).await;
    take.record(20).await;
    let anyone = app.anonymous();
    let path = format!("{}/video.m3u8", take.media(&anyone).await);
    let plain = anyone.get(&path).await.expect(200);
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("vary"), "accept-encoding");
    for accepts in ["gzip", "br;q=1.0, gzip;q=0.8"] {
        let small = anyone
            .clone()
            .with("accept-encoding", accepts)
            .get(&path)
            .await
            .expect(200);
        assert_eq!(small.header("content-encoding"), "gzip", "{accepts}");
        let mut text = String::new();
        std::io::Read::read_to_string(
            &mut flate2::read::GzDecoder::new(&small.body[..]),
            &mut text,
        )
        .unwrap();
        assert_eq!(text, plain.text());
    }
    for accepts in ["br", "gzip;q=0", "identity"] {
        let answer = anyone
            .clone()
            .with("accept-encoding", accepts)
            .get(&path)
            .await
            .expect(200);
        assert_eq!(answer.header("content-encoding"), "", "{accepts}");
    }
}

#[both]
async fn a_part_whose_object_is_gone_is_an_answer_and_no_broken_body(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let media = take.media(&anyone).await;
    let held = anyone
        .get(&format!("{media}/video/0-0.m4s"))
        .await
        .expect(200);
    assert_eq!(held.body, parts(TrackName::Video, 0..=0));
    std::fs::remove_dir_all(app.folder().join("objects")).unwrap();
    anyone
        .get(&format!("{media}/video/1-1.m4s"))
        .await
        .expect(503);
}

#[both]
async fn the_database_and_the_rule_agree_on_what_is_watchable(app: TestApp) {
    use aside_server::domain::recording::{end_ms, run_length};
    let take = take(&app).await;
    let store = &app.app.store;
    for number in [1, 3, 0, 2, 7, 5, 4] {
        take.send(TrackName::Video, number..number + 1).await;
        let rows = store.parts(take.id, TrackName::Video).await.unwrap();
        let recording = store.recording(take.id).await.unwrap().unwrap();
        let scale = store
            .track(take.id, TrackName::Video)
            .await
            .unwrap()
            .unwrap()
            .timescale;
        let run = run_length(0, rows.iter().map(|row| row.number));
        let end = run
            .checked_sub(1)
            .map_or(0, |last| end_ms(rows[last].end(), scale));
        assert_eq!(
            store.duration_ms(&recording).await.unwrap(),
            end,
            "after part {number}"
        );
    }
}

#[both]
async fn a_playlist_does_not_end_because_somebody_sets_the_clock_forward(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    let anyone = app.anonymous();
    let path = format!("{}/video.m3u8", take.media(&anyone).await);
    let ended = || async {
        anyone
            .get(&path)
            .await
            .expect(200)
            .text()
            .contains("#EXT-X-ENDLIST")
    };
    assert!(!ended().await);
    take.send(TrackName::Video, 2..3).await;
    assert!(!ended().await);
    app.clock.set(app.app.now().plus(Duration::from_secs(120)));
    assert!(!ended().await);
    take.send(TrackName::Video, 3..4).await;
    assert!(!ended().await);
    app.clock.advance(Duration::from_secs(61));
    assert!(ended().await, "a minute of silence");
}
