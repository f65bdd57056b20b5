//! A take as a recorder would send it: half-second parts, an IDR every fourth, and sound beside it.

use std::fs::File;
use std::time::{Duration, SystemTime};

use aside_protocol::cmaf::{
    AudioConfig, Sample, VideoConfig, write_audio_init, write_part, write_video_init,
};
use aside_protocol::id::{RecordingId, Slug, UserId};
use aside_protocol::recording::{Audience, Kind as Medium, Sha256, TrackName};
use aside_protocol::timed_event::{self, Head, TimedEvent, write_events};
use aside_protocol::upload::{
    CreateRecording, CreateTrack, FinishRecording, FinishTrack, content_digest,
};
use aside_server::domain::account::{Role, User};
use aside_server::domain::token::Kind;
use aside_server::service::token::issue;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Answer, Client, TestApp};
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use serde_json::{Value, json};

/// Half a second of video.
pub(crate) const HALF: u32 = 45_000;
/// AAC frames in a part, about half a second.
const FRAMES: u32 = 23;

/// Somebody with an account, who sends a token with every request.
pub(crate) async fn member(app: &TestApp, name: &str) -> Client {
    app.anonymous()
        .with("authorization", &authorization(app, name).await)
}

/// Makes an account; answers the value of its `Authorization` header.
pub(crate) async fn authorization(app: &TestApp, name: &str) -> String {
    let now = app.app.now();
    let user = User {
        id: UserId::new(now, app.app.id_entropy()),
        email: format!("{}@example.org", name.to_lowercase())
            .parse()
            .unwrap(),
        name: name.to_owned(),
        role: Role::Member,
        created_at: now,
    };
    let secret = app
        .app
        .store
        .write(async |tx: &mut Tx| -> Result<_, StoreError> {
            tx.insert_user(&user, None).await?;
            Ok(issue(tx, &app.app, Kind::Api, Some(user.id), "test")
                .await?
                .1)
        })
        .await
        .unwrap();
    format!("Bearer {}", secret.reveal())
}

/// A take under way.
#[derive(Debug, Clone)]
pub(crate) struct Take {
    pub(crate) owner: Client,
    pub(crate) id: RecordingId,
    pub(crate) slug: Slug,
}

/// Begins a take of picture and sound, by a new member called Sam.
pub(crate) async fn take(app: &TestApp) -> Take {
    begin(
        app,
        member(app, "Sam").await,
        &[TrackName::Video, TrackName::Audio],
    )
    .await
}

pub(crate) async fn begin(app: &TestApp, owner: Client, tracks: &[TrackName]) -> Take {
    begin_for(app, owner, tracks, None).await.0
}

/// Begins a take for this audience; answers what the server says of it, too.
pub(crate) async fn begin_for(
    app: &TestApp,
    owner: Client,
    tracks: &[TrackName],
    audience: Option<Audience>,
) -> (Take, Value) {
    let inits: Vec<_> = tracks.iter().map(|name| (*name, init(*name))).collect();
    create(app, owner, &inits, audience).await
}

/// Begins a take of tracks with inits of one's own.
pub(crate) async fn begin_with(
    app: &TestApp,
    owner: Client,
    tracks: &[(TrackName, Vec<u8>)],
) -> Take {
    create(app, owner, tracks, None).await.0
}

async fn create(
    app: &TestApp,
    owner: Client,
    tracks: &[(TrackName, Vec<u8>)],
    audience: Option<Audience>,
) -> (Take, Value) {
    let id = RecordingId::new(app.app.now(), app.app.id_entropy());
    let slug = Slug::from_entropy(&app.app.entropy.array::<64>()).unwrap();
    let tracks = tracks.iter().map(|(name, init)| CreateTrack {
        name: *name,
        init: init.clone(),
    });
    let create = CreateRecording {
        slug: slug.clone(),
        title: "Bug in <login>".to_owned(),
        started_at: app.app.now(),
        tracks: tracks.collect(),
        audience,
    };
    let made = owner
        .put(
            &format!("/api/recordings/{id}"),
            &serde_json::to_value(create).unwrap(),
        )
        .await
        .expect(201)
        .json();
    (Take { owner, id, slug }, made)
}

impl Take {
    /// Sends parts of a track, in this order.
    pub(crate) async fn send(&self, track: TrackName, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            self.put(track, number, part(track, number))
                .await
                .expect(201);
        }
    }

    /// Sends any bytes as a part.
    pub(crate) async fn put(&self, track: TrackName, number: u32, body: Bytes) -> Answer {
        let request = Request::put(format!(
            "/api/recordings/{}/tracks/{track}/parts/{number}",
            self.id
        ))
        .header("host", "aside.test")
        .header("content-length", body.len())
        .header("content-digest", content_digest(&Sha256::of(&body)))
        .body(Body::from(body));
        self.owner.request(request.unwrap()).await
    }

    /// Sends `seconds` of picture and sound.
    pub(crate) async fn record(&self, seconds: u32) {
        self.send(TrackName::Video, 0..seconds * 2).await;
        self.send(TrackName::Audio, 0..seconds * 2).await;
    }

    /// Finishes a take of so many parts of video and audio.
    pub(crate) async fn finish(&self, video: u32, audio: u32) {
        self.try_finish(video, audio).await.expect(200);
    }

    pub(crate) async fn try_finish(&self, video: u32, audio: u32) -> Answer {
        let mut tracks = vec![(TrackName::Video, video)];
        if audio > 0 {
            tracks.push((TrackName::Audio, audio));
        }
        self.try_finish_tracks(&tracks).await
    }

    /// Finishes a take of so many parts of each of these tracks.
    pub(crate) async fn try_finish_tracks(&self, tracks: &[(TrackName, u32)]) -> Answer {
        let made = |(name, parts): &(TrackName, u32)| FinishTrack {
            name: *name,
            parts: (0..*parts).map(|n| Sha256::of(&part(*name, n))).collect(),
            inits: Vec::new(),
        };
        let tracks = tracks.iter().map(made).collect();
        let finish = serde_json::to_value(FinishRecording { tracks }).unwrap();
        self.owner
            .post(&format!("/api/recordings/{}/finish", self.id), &finish)
            .await
    }

    /// `/api/watch/{slug}` and what follows it.
    pub(crate) fn api(&self, rest: &str) -> String {
        format!("/api/watch/{}{rest}", self.slug)
    }

    /// What the watch page shows to `who`.
    pub(crate) async fn watch(&self, who: &Client) -> Value {
        who.get(&self.api("")).await.expect(200).json()
    }

    /// `/media/{cap}` without a slash at its end, as given to `who`.
    pub(crate) async fn media(&self, who: &Client) -> String {
        let watch = self.watch(who).await;
        let url = watch["playback"]["url"]
            .as_str()
            .expect("something to play");
        url.strip_suffix("/master.m3u8")
            .expect("a master playlist")
            .to_owned()
    }

    pub(crate) async fn for_members_only(&self) {
        let path = format!("/api/recordings/{}", self.id);
        self.owner
            .patch(&path, &json!({ "audience": "members" }))
            .await
            .expect(200);
    }

    pub(crate) async fn trash(&self) {
        self.owner
            .delete(&format!("/api/recordings/{}", self.id))
            .await
            .expect(204);
    }
}

pub(crate) fn init(track: TrackName) -> Vec<u8> {
    match track.kind() {
        Medium::Video => {
            let sps = [
                0x67_u8, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01,
            ];
            let pps = [0x68_u8, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];
            let mut avcc = vec![
                1,
                0x64,
                0x00,
                0x1f,
                0xff,
                0xe1,
                0,
                u8::try_from(sps.len()).unwrap(),
            ];
            avcc.extend(sps);
            avcc.extend([1, 0, u8::try_from(pps.len()).unwrap()]);
            avcc.extend(pps);
            avcc.extend([0xfd, 0xf8, 0xf8, 0x00]);
            write_video_init(&VideoConfig {
                width: 1280,
                height: 720,
                timescale: 90_000,
                avcc,
            })
            .unwrap()
        }
        Medium::Audio => write_audio_init(&AudioConfig {
            sample_rate: 48_000,
            channels: 2,
            asc: vec![0x11, 0x90],
        })
        .unwrap(),
        Medium::Data => timed_event::INIT.into(),
    }
}

/// The same bytes every time. Sound begins a frame after the picture.
pub(crate) fn part(track: TrackName, number: u32) -> Bytes {
    let kind = track.kind();
    let mark = u8::try_from(number % 251).unwrap();
    let (start, samples) = match kind {
        Medium::Video => {
            let idr = number.is_multiple_of(4);
            let mut nal = vec![if idr { 0x65 } else { 0x41 }];
            nal.resize(if idr { 900 } else { 120 }, mark);
            let mut data = u32::try_from(nal.len()).unwrap().to_be_bytes().to_vec();
            data.extend(nal);
            (
                u64::from(number * HALF),
                vec![Sample {
                    duration: HALF,
                    sync: idr,
                    data: data.into(),
                }],
            )
        }
        Medium::Audio => {
            let frame = Sample {
                duration: 1024,
                sync: true,
                data: vec![mark; 40].into(),
            };
            (
                u64::from(1024 + number * FRAMES * 1024),
                vec![frame; FRAMES as usize],
            )
        }
        Medium::Data => return events(number, &[]),
    };
    write_part(number, start, kind, &samples).unwrap()
}

/// A second of the events track.
pub(crate) fn events(number: u32, events: &[TimedEvent]) -> Bytes {
    let start_ms = u64::from(number) * 1000;
    let head = Head {
        start_ms,
        end_ms: start_ms + 1000,
    };
    write_events(head, events).unwrap().into()
}

/// Makes all objects seem to have been written now, by the clock of the test: an object that is much younger than its
/// tombstone is not removed.
pub(crate) fn age_objects(app: &TestApp) {
    let since = u64::try_from(app.app.now().micros()).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(since);
    let mut folders = vec![app.folder().join("objects")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let file = File::options().write(true).open(path).unwrap();
                file.set_modified(now).unwrap();
            }
        }
    }
}

/// The bytes of a run of parts, one after the other.
pub(crate) fn parts(track: TrackName, numbers: std::ops::RangeInclusive<u32>) -> Vec<u8> {
    numbers.flat_map(|n| part(track, n).to_vec()).collect()
}
