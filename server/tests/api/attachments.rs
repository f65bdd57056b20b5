//! Files of comments: sent first, named by one comment, read by whoever may read it, and by nobody for what they are not.

use std::sync::Arc;
use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_server::archive::{self, Wanted};
use aside_server::jobs::worker::Worker;
use aside_server::jobs::{ModelState, Tools};
use aside_server::service::attachments::forget;
use aside_server::service::recordings::empty_trash;
use aside_server::service::removal::remove;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::comments::{list, path, refused, write};
use crate::take::{Take, age_objects, member, take};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// The head of a picture of 320 by 240: nothing here looks further.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x40\0\0\0\xf0\x08\x06\0\0\0 and so on";

fn upload(take: &Take, name: &str, length: usize, body: Body) -> Request<Body> {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    Request::post(take.api(&format!("/attachments?name={name}")))
        .header("host", "aside.test")
        .header("content-type", "application/octet-stream")
        .header("content-length", length)
        .body(body)
        .unwrap()
}

async fn send(who: &Client, take: &Take, name: &str, bytes: &[u8]) -> Answer {
    let body = Body::from(bytes.to_vec());
    who.request(upload(take, name, bytes.len(), body)).await
}

async fn sent(who: &Client, take: &Take, name: &str, bytes: &[u8]) -> Value {
    send(who, take, name, bytes).await.expect(201).json()
}

/// The address behind which a file of a comment is.
fn of(take: &Take, comment: &Value, file: &Value) -> String {
    let (comment, file) = (comment["id"].as_str(), file["id"].as_str());
    take.api(&format!(
        "/comments/{}/attachments/{}",
        comment.unwrap(),
        file.unwrap()
    ))
}

/// A comment without words that names these files.
async fn with_files(who: &Client, take: &Take, files: &[&Value]) -> Value {
    let ids: Vec<&Value> = files.iter().map(|file| &file["id"]).collect();
    let comment = json!({ "at_ms": 0, "body": "", "attachments": ids });
    write(who, take, comment).await
}

/// How many rows of files there are.
async fn rows(app: &TestApp) -> u64 {
    let mut dump = Vec::new();
    app.app
        .store
        .dump(&mut dump)
        .await
        .unwrap()
        .of("attachments")
}

/// How many objects lie in the folder of files of a recording.
fn objects(app: &TestApp, take: &Take) -> usize {
    let folder = app.folder().join("objects/recordings");
    let folder = folder.join(take.id.to_string()).join("attachments");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// What the jobs of the night do with files and objects, a day after it was due.
async fn night(app: &TestApp) {
    age_objects(app);
    let resources = &app.app.resources;
    let forgotten = app
        .app
        .store
        .write(async |tx: &mut Tx| -> Result<_, StoreError> { forget(tx, 100, resources).await });
    forgotten.await.unwrap();
    app.clock.advance(DAY * 2);
    let (store, objects) = (&app.app.store, &app.app.objects);
    for tombstone in store.tombstones(app.app.now(), "", 100).await.unwrap() {
        remove(store, objects, &tombstone).await.unwrap();
    }
}

#[both]
async fn files_go_with_a_comment_and_are_given_without_a_cookie_and_for_what_they_are(
    app: TestApp,
) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let picture = sent(&mara, &take, "shot.png", PNG).await;
    let page = b"<svg xmlns='x' onload='alert(1)'/><script>alert(2)</script>";
    let lie = sent(&mara, &take, "../photo\u{202e}gnp.png", page).await;
    assert_eq!(
        (&picture["width"], &picture["content_type"], &lie["width"]),
        (&json!(320), &json!("image/png"), &Value::Null)
    );
    assert_eq!(lie["name"], "photognp.png");
    let comment = with_files(&mara, &take, &[&lie, &picture]).await;
    assert_eq!(comment["attachments"], json!([lie, picture]));
    assert_eq!(
        list(&app.anonymous(), &take).await[0]["attachments"],
        json!([lie, picture])
    );

    let anyone = app.anonymous();
    let address = async |file: &Value| {
        let answer = anyone.get(&of(&take, &comment, file)).await.expect(302);
        answer.header("location").to_owned()
    };
    let shown = anyone.get(&address(&picture).await).await.expect(200);
    assert_eq!(shown.body, PNG);
    let disposition = |answer: &Answer| answer.header("content-disposition").to_owned();
    assert!(disposition(&shown).starts_with("inline; filename=\"shot.png\""));
    let saved = anyone.get(&address(&lie).await).await.expect(200);
    assert!(disposition(&saved).starts_with("attachment; filename=\"photognp.png\""));
    assert_eq!(saved.header("content-type"), "text/plain; charset=utf-8");
    for answer in [&shown, &saved] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; sandbox"),
            "{policy}"
        );
        assert_eq!(answer.header("set-cookie"), "");
    }
    let asked = anyone
        .clone()
        .with("range", "bytes=1-3")
        .with("accept-encoding", "gzip");
    let part = asked.get(&address(&picture).await).await.expect(206);
    assert_eq!(
        (&part.body[..], part.header("content-encoding")),
        (&b"PNG"[..], "")
    );

    // A file belongs to one comment, and goes and comes back with it.
    let again = json!({ "at_ms": 0, "body": "mine", "attachments": [picture["id"]] });
    refused(
        mara.post(&take.api("/comments"), &again).await,
        "attachments",
    )
    .await;
    let link = address(&picture).await;
    mara.delete(&path(&comment)).await.expect(204);
    anyone.get(&link).await.expect(404);
    anyone.get(&of(&take, &comment, &picture)).await.expect(404);
    mara.post(&format!("{}/restore", path(&comment)), &json!({}))
        .await
        .expect(200);
    anyone.get(&link).await.expect(200);
}

#[both]
async fn who_may_not_read_a_comment_hears_of_its_files_what_they_hear_of_none(app: TestApp) {
    let take = take(&app).await;
    let (mara, sam) = (member(&app, "Mara").await, take.owner.clone());
    let file = sent(&mara, &take, "plan.txt", b"plan").await;
    let note =
        json!({ "at_ms": 0, "body": "", "visibility": "author", "attachments": [file["id"]] });
    let note = write(&mara, &take, note).await;
    mara.get(&of(&take, &note, &file)).await.expect(302);
    let none = json!({ "id": "01890000-0000-7000-8000-000000000000" });
    for who in [&sam, &app.anonymous()] {
        let hidden = who.get(&of(&take, &note, &file)).await.expect(404);
        let nothing = who.get(&of(&take, &note, &none)).await.expect(404);
        assert_eq!(hidden.text(), nothing.text());
    }
    // Nor under another comment of the same recording, which everybody reads.
    let open = write(&sam, &take, json!({ "at_ms": 0, "body": "open" })).await;
    mara.get(&of(&take, &open, &file)).await.expect(404);
    // An address ends with what it was given for.
    let link = mara.get(&of(&take, &note, &file)).await.expect(302);
    let link = link.header("location").to_owned();
    app.anonymous().get(&link).await.expect(200);
    let closed = json!({ "audience": "owner" });
    let sharing = format!("/api/recordings/{}/sharing", take.id);
    sam.patch(&sharing, &closed).await.expect(200);
    app.anonymous().get(&link).await.expect(403);
    let forged = format!("/attachments/{}/plan.txt", "A".repeat(107));
    app.anonymous()
        .get(&forged)
        .await
        .expect_problem(ProblemCode::Forbidden);
}

#[both]
async fn what_is_empty_too_large_broken_or_too_much_is_refused_and_leaves_nothing(app: TestApp) {
    let app = app.configured(|config| config.attachment_bytes = 1024 * 1024);
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    refused(send(&mara, &take, "empty", b"").await, "attachments").await;
    let large = vec![0; 1024 * 1024 + 1];
    let answer = send(&mara, &take, "large", &large).await;
    let problem = answer.expect_problem(ProblemCode::TooLarge);
    let detail = problem.detail.unwrap();
    assert!(
        detail.contains("at most 1 MB") && detail.contains("has 2 MB"),
        "{detail}"
    );
    // The body ends before what was announced; it breaks off; it goes on.
    let ends = mara
        .request(upload(&take, "half", 10, Body::from("half")))
        .await;
    ends.expect_problem(ProblemCode::BodyIncomplete);
    let broken = futures_util::stream::iter([
        Ok(Bytes::from_static(b"half")),
        Err(std::io::Error::other("the line broke")),
    ]);
    let broken = mara
        .request(upload(&take, "half", 10, Body::from_stream(broken)))
        .await;
    broken.expect_problem(ProblemCode::BodyIncomplete);
    let more = mara
        .request(upload(&take, "more", 2, Body::from("more")))
        .await;
    more.expect_problem(ProblemCode::BadRequest);
    assert_eq!((rows(&app).await, objects(&app, &take)), (0, 0));

    let largest = sent(&mara, &take, &"x".repeat(10_000), &large[1..]).await;
    assert_eq!(largest["name"].as_str().unwrap().chars().count(), 100);
    let many = vec![largest["id"].clone(); 11];
    let many = json!({ "at_ms": 0, "body": "x", "attachments": many });
    refused(
        mara.post(&take.api("/comments"), &many).await,
        "attachments",
    )
    .await;
    // Twice in one comment is once too often; nothing of that comment is there.
    let twice = vec![largest["id"].clone(); 2];
    let twice = json!({ "at_ms": 0, "body": "x", "attachments": twice });
    refused(
        mara.post(&take.api("/comments"), &twice).await,
        "attachments",
    )
    .await;
    assert!(list(&mara, &take).await.is_empty());
    with_files(&mara, &take, &[&largest]).await;

    let off = app.configured(|config| config.attachment_bytes = 0);
    let none = send(&member(&off, "Olga").await, &take, "a", b"a").await;
    none.expect_problem(ProblemCode::Forbidden);
}

#[both]
async fn a_stranger_sends_some_files_and_two_at_once_are_two(app: TestApp) {
    let take = take(&app).await;
    let stranger = app.anonymous().at("192.0.2.7");
    let (one, two) = tokio::join!(
        sent(&stranger, &take, "same.txt", b"one"),
        sent(&stranger, &take, "same.txt", b"two")
    );
    let ids = json!([one["id"], two["id"]]);
    let comment = json!({ "at_ms": 0, "body": "see", "guest_name": "Ana", "attachments": ids });
    let comment = write(&stranger, &take, comment).await;
    for (file, bytes) in [(&one, "one"), (&two, "two")] {
        let link = stranger.get(&of(&take, &comment, file)).await.expect(302);
        assert_eq!(stranger.get(link.header("location")).await.text(), bytes);
    }
    for _ in 0..18 {
        sent(&stranger, &take, "more.txt", b"more").await;
    }
    let limited = send(&stranger, &take, "more.txt", b"more").await;
    limited.expect_problem(ProblemCode::TooManyRequests);
    let elsewhere = stranger
        .with("sec-fetch-site", "cross-site")
        .at("192.0.2.8");
    let elsewhere = send(&elsewhere, &take, "a", b"a").await;
    elsewhere.expect_problem(ProblemCode::CrossSite);
}

#[both]
async fn what_nothing_names_is_forgotten_after_a_day_and_its_object_after_another(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    take.finish(2, 2).await;
    let mara = member(&app, "Mara").await;
    let named = sent(&mara, &take, "named.txt", b"named").await;
    let comment = with_files(&mara, &take, &[&named]).await;
    let gone = with_files(&mara, &take, &[&sent(&mara, &take, "b.txt", b"bb").await]).await;
    mara.delete(&path(&gone)).await.expect(204);
    sent(&mara, &take, "never.txt", b"never").await;
    night(&app).await;
    assert_eq!((rows(&app).await, objects(&app, &take)), (3, 3));
    night(&app).await;
    assert_eq!((rows(&app).await, objects(&app, &take)), (2, 2));
    mara.get(&of(&take, &comment, &named)).await.expect(302);
    // What was deleted can be brought back for a month.
    app.clock.advance(DAY * 28);
    night(&app).await;
    assert_eq!((rows(&app).await, objects(&app, &take)), (1, 1));
    mara.get(&of(&take, &comment, &named)).await.expect(302);

    take.trash().await;
    app.clock.advance(DAY * 31);
    assert_eq!(empty_trash(&app.app, 10).await.unwrap(), 1);
    assert_eq!((rows(&app).await, objects(&app, &take)), (0, 1));
    night(&app).await;
    assert_eq!(objects(&app, &take), 0);
}

#[both]
async fn files_go_with_the_words_of_somebody_who_is_deleted(app: TestApp) {
    let take = take(&app).await;
    let admin = app
        .person("admin", aside_server::domain::account::Role::Owner)
        .await;
    let mara = member(&app, "Mara").await;
    let file = sent(&mara, &take, "plan.txt", b"plan").await;
    let comment = with_files(&mara, &take, &[&file]).await;
    let id = crate::comments::id_of(&mara).await;
    let leaving = format!("/api/server/people/{id}/delete");
    admin
        .post(
            &leaving,
            &json!({ "recordings_to": null, "with_comments": true }),
        )
        .await
        .expect(204);
    take.owner
        .get(&of(&take, &comment, &file))
        .await
        .expect(404);
    // Not to be named again, and forgotten.
    let again = json!({ "at_ms": 0, "body": "mine", "attachments": [file["id"]] });
    refused(
        take.owner.post(&take.api("/comments"), &again).await,
        "attachments",
    )
    .await;
    night(&app).await;
    night(&app).await;
    assert_eq!((rows(&app).await, objects(&app, &take)), (0, 0));
}

#[both]
async fn an_export_takes_files_along_and_another_server_gives_them_out(app: TestApp) {
    let take = take(&app).await;
    take.record(1).await;
    take.finish(2, 2).await;
    let mara = member(&app, "Mara").await;
    let file = sent(&mara, &take, "<b>.txt", b"a < b").await;
    let comment = with_files(&mara, &take, &[&file]).await;
    sent(&mara, &take, "never.txt", b"never").await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let all = Wanted {
        owner: None,
        one_file: false,
    };
    archive::export(&app.app, &all, &out, |_| {}).await.unwrap();

    let mut other = TestApp::seeded(7).await;
    other.app.resources.entropy = Arc::new(aside_server::entropy::SeededEntropy::new(9));
    member(&other, "Olga").await;
    let done = archive::import(&other.app, &out, |_| {}).await.unwrap();
    assert_eq!((done.recordings, done.refused), (1, 0));
    let link = other
        .anonymous()
        .get(&of(&take, &comment, &file))
        .await
        .expect(302);
    let read = other.anonymous().get(link.header("location")).await;
    assert_eq!(read.text(), "a < b");
    assert_eq!((rows(&other).await, objects(&other, &take)), (1, 1));

    // What was changed on the way is refused.
    let there = std::fs::read_dir(out.join("recordings"))
        .unwrap()
        .next()
        .unwrap();
    let lying = there.unwrap().path().join("attachments");
    std::fs::write(lying.join(file["id"].as_str().unwrap()), "a > b").unwrap();
    let third = TestApp::seeded(8).await;
    member(&third, "Olga").await;
    archive::import(&third.app, &out, |_| {}).await.unwrap_err();
    assert_eq!(rows(&third).await, 0);
}

/// A picture in which every pixel has this colour.
fn painted(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder
        .add_text_chunk("Comment".to_owned(), "GPS 52.5163 N 13.3777 E".to_owned())
        .unwrap();
    // Noise, so that it is larger than what is made of it.
    let mut state = 1_u32;
    let data: Vec<u8> = (0..width * height * 3)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&data)
        .unwrap();
    bytes
}

#[both]
async fn a_picture_loses_its_place_and_is_shown_small(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let bytes = painted(900, 600);
    let told = |bytes: &[u8]| bytes.windows(3).any(|it| it == b"GPS");
    assert!(told(&bytes));
    let file = sent(&mara, &take, "photo.png", &bytes).await;
    assert_eq!(
        (&file["width"], &file["height"]),
        (&json!(900), &json!(600))
    );
    let comment = with_files(&mara, &take, &[&file]).await;
    let get = async |query: &str| {
        let path = format!("{}{query}", of(&take, &comment, &file));
        let answer = mara.get(&path).await.expect(302);
        app.anonymous()
            .get(answer.header("location"))
            .await
            .expect(200)
    };
    let whole = get("").await;
    assert!(!told(&whole.body) && whole.body.starts_with(b"\x89PNG"));
    assert_eq!(whole.body.len() as u64, file["size"].as_u64().unwrap());
    // Until it is made the picture itself is shown.
    assert_eq!(get("?small=true").await.body, whole.body);
    let resources = app.app.resources.clone();
    Worker::new(resources, Tools::with(ModelState::Missing))
        .run_until_idle()
        .await
        .unwrap();
    let small = get("?small=true").await;
    assert_eq!(small.header("content-type"), "image/jpeg");
    assert!(small.body.starts_with(b"\xff\xd8\xff"));
    assert!(small.body.len() <= 64 * 1024, "{}", small.body.len());
    assert_eq!(small.header("x-content-type-options"), "nosniff");
    assert_eq!(get("").await.body, whole.body);
}

#[both]
async fn an_author_takes_a_file_back_for_good_and_the_history_says_so(app: TestApp) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    let plan = sent(&mara, &take, "plan.txt", b"the plan").await;
    let note = sent(&mara, &take, "note.txt", b"the note").await;
    let comment = with_files(&mara, &take, &[&plan, &note]).await;
    let path = |file: &Value| {
        let (comment, file) = (comment["id"].as_str(), file["id"].as_str());
        format!(
            "/api/comments/{}/attachments/{}",
            comment.unwrap(),
            file.unwrap()
        )
    };
    let address = mara.get(&of(&take, &comment, &plan)).await.expect(302);
    let address = address.header("location").to_owned();
    // Neither the owner of the recording nor somebody else.
    for other in [&take.owner, &member(&app, "Mo").await] {
        let answer = other.delete(&path(&plan)).await;
        answer.expect_problem(ProblemCode::Forbidden);
    }
    let left: Value = mara.delete(&path(&plan)).await.expect(200).json();
    assert_eq!(left["attachments"], json!([note]));
    assert_eq!(left["version"], 2);
    mara.delete(&path(&plan))
        .await
        .expect_problem(ProblemCode::NotFound);
    app.anonymous().get(&address).await.expect(404);
    assert_eq!(
        list(&app.anonymous(), &take).await[0]["attachments"],
        json!([note])
    );
    // Something must be left of a comment.
    mara.delete(&path(&note))
        .await
        .expect_problem(ProblemCode::Invalid);
    let history = format!("/comments/{}/history", comment["id"].as_str().unwrap());
    let history: Value = mara.get(&take.api(&history)).await.expect(200).json();
    assert_eq!(history["removed_files"][0]["name"], "plan.txt");
    assert_eq!(objects(&app, &take), 2);
    night(&app).await;
    assert_eq!((objects(&app, &take), rows(&app).await), (1, 1));
}

/// A picture of a phone with Exif, in the fewest boxes that it takes (ISO/IEC 23008-12).
fn of_a_phone() -> Vec<u8> {
    let boxed = |kind: &[u8; 4], data: &[u8]| {
        let size = u32::try_from(data.len() + 8).unwrap().to_be_bytes();
        [&size[..], kind, data].concat()
    };
    let exif = b"\0\0\0\x06Exif\0\0GPS 52.5163 N";
    let infe = boxed(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0");
    let iinf = boxed(b"iinf", &[b"\0\0\0\0\0\x01".as_slice(), &infe].concat());
    let meta = |at: u32| {
        let length = u32::try_from(exif.len()).unwrap().to_be_bytes();
        let iloc = [
            b"\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01".as_slice(),
            &at.to_be_bytes(),
            &length,
        ];
        let parts = [vec![0; 4], iinf.clone(), boxed(b"iloc", &iloc.concat())];
        boxed(b"meta", &parts.concat())
    };
    let ftyp = boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
    let at = u32::try_from(ftyp.len() + meta(0).len() + 8).unwrap();
    [ftyp, meta(at), boxed(b"mdat", exif)].concat()
}

#[both]
async fn what_moves_is_shown_small_by_its_first_picture_and_a_phones_picture_loses_its_place(
    app: TestApp,
) {
    let take = take(&app).await;
    let mara = member(&app, "Mara").await;
    // Noise, which needs more bytes than a small picture of it.
    let mut state = 7_u32;
    let mut noise = |count: usize| -> Vec<u8> {
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..count).map(next).collect()
    };
    let mut moving = Vec::new();
    let mut encoder = gif::Encoder::new(&mut moving, 300, 200, &[]).unwrap();
    for _ in 0..2 {
        let (pixels, palette) = (noise(300 * 200), noise(256 * 3));
        let frame = gif::Frame::from_palette_pixels(300, 200, pixels, palette, None);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    let mut webp = Vec::new();
    image_webp::WebPEncoder::new(&mut webp)
        .encode(&noise(300 * 200 * 3), 300, 200, image_webp::ColorType::Rgb8)
        .unwrap();
    let files = [
        sent(&mara, &take, "moving.gif", &moving).await,
        sent(&mara, &take, "still.webp", &webp).await,
        sent(&mara, &take, "phone.heic", &of_a_phone()).await,
    ];
    let comment = with_files(&mara, &take, &files.iter().collect::<Vec<_>>()).await;
    let resources = app.app.resources.clone();
    Worker::new(resources, Tools::with(ModelState::Missing))
        .run_until_idle()
        .await
        .unwrap();
    let get = async |file: &Value, query: &str| {
        let path = format!("{}{query}", of(&take, &comment, file));
        let answer = mara.get(&path).await.expect(302);
        app.anonymous()
            .get(answer.header("location"))
            .await
            .expect(200)
    };
    for file in &files[..2] {
        let small = get(file, "?small=true").await;
        assert!(small.body.starts_with(b"\xff\xd8\xff"), "{file}");
    }
    assert_eq!(get(&files[0], "").await.body, moving);
    let phone = get(&files[2], "").await.body;
    assert_eq!(files[2]["content_type"], "image/heic");
    assert_eq!(phone.len(), of_a_phone().len());
    assert!(!phone.windows(3).any(|it| it == b"GPS"));
}
