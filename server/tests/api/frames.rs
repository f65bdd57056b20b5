//! Single pictures of a recording: decoded by the program itself, with real pictures.

use aside_protocol::recording::{Sha256, TrackName};
use aside_server::domain::sprite::Sprite;
use aside_server::objects::ObjectKey;
use aside_server::store::{Tx, sprites};
use aside_server::testing::{Answer, TestApp};
use aside_test_macros::both;
use png::Transformations;
use serde_json::{Value, json};

use crate::take::{Take, begin_with, member};

#[path = "../../src/jobs/tests/material.rs"]
#[expect(dead_code, reason = "more is made there than is needed here")]
pub(crate) mod material;

use material::{Encoded, Yuv, pictures};

/// A second of red, two of green, one of blue; an IDR only at the beginning.
fn colours() -> Encoded {
    let plain: [fn(u32, u32) -> [u8; 3]; 4] = [
        |_, _| [63, 102, 240],
        |_, _| [173, 42, 26],
        |_, _| [173, 42, 26],
        |_, _| [32, 240, 118],
    ];
    let all: Vec<Yuv> = plain
        .iter()
        .flat_map(|pixel| {
            (0..10).map(|_| Yuv {
                width: 640,
                height: 480,
                pixel: *pixel,
            })
        })
        .collect();
    pictures(&all, &[])
}

pub(crate) async fn recorded(app: &TestApp) -> Take {
    let encoded = colours();
    let inits = [(TrackName::Video, encoded.init.clone())];
    let take = begin_with(app, member(app, "Sam").await, &inits).await;
    for (part, n) in encoded.parts.iter().zip(0..) {
        let sent = take.put(TrackName::Video, n, part.clone()).await;
        sent.expect(201);
    }
    take
}

/// Width, and the colour in the middle.
fn pixel(answer: &Answer) -> (u32, [u8; 3]) {
    assert_eq!(answer.header("content-type"), "image/png");
    pixel_of(&answer.body)
}

pub(crate) fn pixel_of(png: &[u8]) -> (u32, [u8; 3]) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let at = (info.height / 2 * info.width + info.width / 2) as usize * 3;
    (info.width, [pixels[at], pixels[at + 1], pixels[at + 2]])
}

#[both]
async fn the_picture_of_a_moment_is_the_one_that_is_shown_then(app: TestApp) {
    let app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    let take = recorded(&app).await;
    let (red, green, blue) = ([255, 0, 0], [0, 255, 0], [0, 0, 255]);
    let viewer = app.anonymous();
    for (moment, wanted) in [
        ("0", red),
        ("990", red),
        ("1000", green),
        ("2500", green),
        ("3999", blue),
        ("900000", blue),
    ] {
        let path = take.api(&format!("/frames/{moment}.png?width=64"));
        let answer = viewer.get(&path).await.expect(200);
        let (width, found) = pixel(&answer);
        let off = (0..3).map(|i| found[i].abs_diff(wanted[i])).max();
        assert!(off <= Some(12) && width == 64, "at {moment}: {found:?}");
    }
    let jpeg = viewer.get(&take.api("/frames/1500.jpg")).await.expect(200);
    assert!(jpeg.body.starts_with(b"\xff\xd8\xff"));
    assert_eq!(jpeg.header("cache-control"), "private, no-cache");
    let etag = jpeg.header("etag").to_owned();
    let again = viewer.clone().with("if-none-match", &etag);
    again.get(&take.api("/frames/1500.jpg")).await.expect(304);

    viewer.get(&take.api("/frames/1.gif")).await.expect(404);
    viewer.get(&take.api("/frames/x.png")).await.expect(404);
    let wide = take.api("/frames/1.png?width=100000");
    viewer.get(&wide).await.expect(422);
}

#[tokio::test]
async fn a_picture_goes_with_the_right_to_watch() {
    let app = TestApp::sqlite().await;
    let app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    let take = recorded(&app).await;
    let (viewer, path) = (app.anonymous(), take.api("/frames/500.jpg"));
    viewer.get(&path).await.expect(200);
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    let closed = json!({ "audience": "owner" });
    take.owner.patch(&sharing, &closed).await.expect(200);
    let hidden = viewer.get(&path).await.expect(404);
    let none = "/api/watch/0000000000000000000000/frames/500.jpg";
    assert_eq!(hidden.text(), viewer.get(none).await.expect(404).text());
    take.owner.get(&path).await.expect(200);
}

#[tokio::test]
async fn what_cannot_be_decoded_is_an_answer_and_the_next_picture_is_made() {
    let app = TestApp::sqlite().await;
    let app = app.decoding_by(env!("CARGO_BIN_EXE_aside-server"));
    let owner = member(&app, "Sam").await;
    let broken = crate::take::begin(&app, owner, &[TrackName::Video]).await;
    broken.send(TrackName::Video, 0..2).await;
    let answer = app.anonymous().get(&broken.api("/frames/0.jpg")).await;
    answer.expect_problem(aside_protocol::problem::ProblemCode::Unavailable);

    let encoded = colours();
    let inits = [(TrackName::Video, encoded.init.clone())];
    let take = begin_with(&app, member(&app, "Ann").await, &inits).await;
    let path = take.api("/frames/0.jpg");
    app.anonymous().get(&path).await.expect(404);
    let sent = take.put(TrackName::Video, 0, encoded.parts[0].clone());
    sent.await.expect(201);
    app.anonymous().get(&path).await.expect(200);
}

/// Small pictures, as a worker makes them.
pub(crate) async fn give_sprite(app: &TestApp, take: &Take, bytes: &'static [u8]) {
    let key = ObjectKey::Sprite {
        recording: take.id,
        sha256: Sha256::of(bytes),
    };
    app.app.objects.put(&key, bytes.into()).await.unwrap();
    let sprite = Sprite {
        key: key.path().to_string(),
        tile_width: 160,
        tile_height: 90,
        count: 2,
        every_ms: 1000,
        changes: vec![0, 1000],
    };
    let write = async |tx: &mut Tx| sprites::set(tx, take.id, &sprite).await;
    app.app.store.write(write).await.unwrap();
}

#[both]
async fn small_pictures_lie_in_one_image_whose_places_are_said(app: TestApp) {
    let take = crate::take::take(&app).await;
    take.record(1).await;
    let viewer = app.anonymous();
    viewer.get(&take.api("/thumbnails.vtt")).await.expect(404);
    let none: Value = viewer.get(&take.api("/frames")).await.expect(200).json();
    assert_eq!(none, json!({ "moments": [] }));
    give_sprite(&app, &take, b"many small ones").await;
    let vtt = viewer.get(&take.api("/thumbnails.vtt")).await.expect(200);
    assert_eq!(vtt.header("content-type"), "text/vtt; charset=utf-8");
    let text = vtt.text();
    let second = text.split("\n\n").nth(2).unwrap().lines().nth(1).unwrap();
    let (address, place) = second.split_once('#').unwrap();
    assert_eq!(place, "xywh=160,0,160,90");
    let image = viewer
        .get(&take.api(&format!("/{address}")))
        .await
        .expect(200);
    assert_eq!(image.body, "many small ones");
    let etag = image.header("etag").to_owned();
    let again = viewer.clone().with("if-none-match", &etag);
    again.get(&take.api("/thumbnails.jpg")).await.expect(304);
    let found: Value = viewer.get(&take.api("/frames")).await.expect(200).json();
    assert_eq!(found, json!({ "moments": [0, 1000] }));
}
