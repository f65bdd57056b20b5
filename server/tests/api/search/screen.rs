//! Text in the picture: real pictures, read by the real `tesseract`, found with the rights of whoever asks.

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::{FinishRecording, FinishTrack};
use aside_server::domain::screen_text::{ScreenLine, ScreenState, ScreenText};
use aside_server::jobs::Tools;
use aside_server::jobs::worker::Worker;
use aside_server::service::recordings::empty_trash;
use aside_server::service::screen_text::{ScreenReader, begin_older};
use aside_server::store::{Store, Tx, screen_texts};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{catch_up, hits, inside, page};
use crate::frames::material::{Yuv, pictures};
use crate::take::{Take, begin_with, member, take};

const WIDTH: u32 = 800;
const HEIGHT: u32 = 450;

/// Brightness of a picture with these lines, drawn by FFmpeg.
fn drawn(page: &str, ink: &str, lines: &[&str]) -> Vec<u8> {
    let fonts = ["truetype/dejavu", "dejavu-sans-fonts", "TTF"];
    let fonts = fonts.map(|at| format!("/usr/share/fonts/{at}/DejaVuSans.ttf"));
    let font = fonts.iter().find(|it| std::path::Path::new(it).exists());
    let font = font.expect("scripts/setup.sh installs the font");
    let line = |(text, n): (&&str, u32)| {
        let y = 50 + n * 80;
        format!("drawtext=fontfile={font}:text='{text}':x=60:y={y}:fontsize=24:fontcolor={ink}")
    };
    let filter: Vec<String> = lines.iter().zip(0..).map(line).collect();
    let size = format!("color={page}:s={WIDTH}x{HEIGHT}:r=1");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &size, "-frames:v", "1"])
        .args(["-vf", &filter.join(",")])
        .args(["-f", "rawvideo", "-pix_fmt", "gray", "-"])
        .output()
        .expect("ffmpeg runs");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    made.stdout
}

fn pixel(page: usize, x: u32, y: u32) -> [u8; 3] {
    static PAGES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    let pages = PAGES.get_or_init(|| {
        [
            drawn(
                "white",
                "black",
                &[
                    "Aside dashboard of the team",
                    "Quarterly revenue forecast",
                    "Salaries of next year",
                ],
            ),
            drawn(
                "black",
                "white",
                &[
                    "Aside dashboard of the team",
                    "Invoice POL-358 approved",
                    "use std fmt Write",
                    "Nothing else to see here",
                ],
            ),
        ]
    });
    let bright = u32::from(pages[page][(y * WIDTH + x) as usize]);
    [u8::try_from(16 + bright * 219 / 255).unwrap(), 128, 128]
}

/// A finished take: a second of one page, one of another, in other colours.
async fn shown(app: &TestApp) -> Take {
    let page = |pixel: fn(u32, u32) -> [u8; 3]| Yuv {
        width: WIDTH,
        height: HEIGHT,
        pixel,
    };
    let mut all: Vec<Yuv> = (0..10).map(|_| page(|x, y| pixel(0, x, y))).collect();
    all.extend((0..10).map(|_| page(|x, y| pixel(1, x, y))));
    let encoded = pictures(&all, &[10]);
    let inits = [(TrackName::Video, encoded.init.clone())];
    let take = begin_with(app, member(app, "Sam").await, &inits).await;
    for (part, n) in encoded.parts.iter().zip(0..) {
        let sent = take.put(TrackName::Video, n, part.clone()).await;
        sent.expect(201);
    }
    let finish = FinishRecording {
        tracks: vec![FinishTrack {
            name: TrackName::Video,
            parts: encoded.parts.iter().map(|it| Sha256::of(it)).collect(),
            inits: Vec::new(),
        }],
    };
    let path = format!("/api/recordings/{}/finish", take.id);
    let finish = serde_json::to_value(finish).unwrap();
    take.owner.post(&path, &finish).await.expect(200);
    app.clock.advance(Duration::from_secs(10));
    take
}

/// A worker that reads text, or one that does not.
async fn work(app: &TestApp, reads: bool) {
    let reader = ScreenReader::by(
        env!("CARGO_BIN_EXE_aside-server").into(),
        "eng".parse().unwrap(),
    );
    let tools = Tools::default().reading_screens(reads.then_some(reader));
    let worker = Worker::new(app.app.resources.clone(), tools);
    worker.run_until_idle().await.unwrap();
    catch_up(app).await;
}

async fn told(take: &Take, who: &Client) -> Value {
    let path = format!("/api/recordings/{}/screen-text", take.id);
    who.get(&path).await.expect(200).json()
}

async fn switch(take: &Take, on: bool) {
    let path = format!("/api/recordings/{}/screen-text", take.id);
    let said = json!({ "on": on });
    take.owner.put(&path, &said).await.expect(204);
}

/// Rows of what was read, and of what can be searched for of it.
async fn rows(app: &TestApp) -> [i64; 2] {
    let mut counts = [0; 2];
    let sql = [
        "SELECT COUNT(*) FROM screen_texts",
        "SELECT COUNT(*) FROM search_screens",
    ];
    for (count, sql) in counts.iter_mut().zip(sql) {
        *count = match &app.app.store {
            Store::Sqlite { read, .. } => sqlx::query_scalar(sql).fetch_one(read).await,
            Store::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
        }
        .unwrap();
    }
    counts
}

#[both]
async fn text_on_the_screen_is_found_at_its_second_until_its_owner_wants_none(app: TestApp) {
    let app = app.configured(|config| config.screen_text = Some("eng".parse().unwrap()));
    let take = shown(&app).await;
    work(&app, true).await;

    let read = told(&take, &take.owner).await;
    assert_eq!(
        (&read["state"], &read["reads"]),
        (&json!("done"), &json!(true))
    );
    let line = |it: &Value| (it["at_ms"].as_u64().unwrap(), it["text"].to_string());
    let lines: Vec<_> = read["lines"].as_array().unwrap().iter().map(line).collect();
    let headings = lines.iter().filter(|it| it.1.contains("dashboard"));
    assert_eq!(headings.count(), 1, "what stays is told once: {lines:?}");
    let times: Vec<u64> = lines.iter().map(|it| it.0).collect();
    assert_eq!((times[0], times.last()), (0, Some(&1000)), "{lines:?}");

    let found = page(&take.owner, "\"pol-358 approved\"").await;
    let hit = &found["items"][0];
    assert_eq!(
        (&hit["kind"], &hit["at_ms"]),
        (&json!("screen"), &json!(1000))
    );
    let revenue = ["screen: Quarterly [revenue] forecast"];
    assert_eq!(hits(&take.owner, "revenue in:screen").await, revenue);
    assert_eq!(hits(&take.owner, "revenue in:speech").await.len(), 0);
    let ana = member(&app, "Ana").await;
    assert_eq!(hits(&ana, "revenue ").await, revenue);
    assert_eq!(inside(&app.anonymous(), &take, "revenue ").await, revenue);

    // Gone at once, and not read again.
    switch(&take, false).await;
    assert_eq!(hits(&take.owner, "revenue ").await.len(), 0);
    assert_eq!(inside(&take.owner, &take, "revenue ").await.len(), 0);
    begin_older(&app.app).await.unwrap();
    work(&app, true).await;
    let read = told(&take, &take.owner).await;
    assert_eq!(
        (&read["state"], &read["lines"]),
        (&json!("off"), &json!([]))
    );

    switch(&take, true).await;
    work(&app, true).await;
    assert_eq!(hits(&ana, "revenue ").await, revenue);

    // With the recording it is gone for good.
    take.trash().await;
    assert_eq!(hits(&take.owner, "revenue ").await.len(), 0);
    app.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(empty_trash(&app.app, 10).await.unwrap(), 1);
    assert_eq!(rows(&app).await, [0; 2]);
}

#[tokio::test]
async fn a_worker_that_is_not_told_to_reads_nothing_and_one_that_is_takes_up_what_is_there() {
    let app = TestApp::sqlite().await;
    let take = shown(&app).await;
    work(&app, false).await;
    let read = told(&take, &take.owner).await;
    assert_eq!(read, json!({ "state": null, "reads": false, "lines": [] }));
    assert_eq!(rows(&app).await, [0; 2]);
    begin_older(&app.app).await.unwrap();
    work(&app, true).await;
    assert_eq!(told(&take, &take.owner).await["state"], "done");
    assert_eq!(hits(&take.owner, "salaries ").await.len(), 1);
}

#[both]
async fn what_was_not_read_to_its_end_is_taken_up_again(app: TestApp) {
    let take = shown(&app).await;
    work(&app, false).await;
    for (state, taken_up) in [
        (ScreenState::Reading, vec![take.id]),
        (ScreenState::Done, vec![]),
        (ScreenState::Off, vec![]),
    ] {
        let text = ScreenText {
            state,
            ..ScreenText::begun()
        };
        let write = async |tx: &mut Tx| screen_texts::set(tx, take.id, &text).await;
        app.app.store.write(write).await.unwrap();
        let unread = app.app.store.unread_screens(10).await.unwrap();
        assert_eq!(unread, taken_up, "{state:?}");
    }
}

#[both]
async fn lines_that_come_while_it_is_read_are_found_beside_those_that_are_there(app: TestApp) {
    let take = take(&app).await;
    let line = |n: u64| ScreenLine {
        at_ms: n * 1000,
        text: format!("needle number {n}"),
    };
    for count in [3, 3, 7, 600] {
        let text = ScreenText {
            state: ScreenState::Reading,
            until_ms: count * 1000,
            lines: (0..count).map(line).collect(),
        };
        let write = async |tx: &mut Tx| screen_texts::set(tx, take.id, &text).await;
        app.app.store.write(write).await.unwrap();
        catch_up(&app).await;
        assert_eq!(rows(&app).await[1], i64::try_from(count).unwrap());
        let last = format!("\"number {}\"", count - 1);
        let found = page(&take.owner, &last).await;
        assert_eq!(found["items"][0]["at_ms"], (count - 1) * 1000, "{found}");
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    }
}
