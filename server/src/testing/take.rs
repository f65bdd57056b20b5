//! A synthetic take for tests of the server: real inits and real CMAF chunks around made-up
//! pictures. What a decoder would say to them is none of the server's business.

use aside_protocol::cmaf::{
    AudioConfig, Sample, VideoConfig, write_audio_init, write_part, write_video_init,
};
use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::{AUDIO_TIMESCALE, Kind, Sha256, TrackName, VIDEO_TIMESCALE};
use aside_protocol::upload::content_digest;
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{Answer, BEGINNING, Client};

/// Pictures a second.
const FPS: u32 = 4;
/// Samples in an AAC frame.
const AAC_FRAME: u32 = 1024;
/// Every so many video parts one begins with an IDR.
const IDR_EVERY: u32 = 4;

/// One take, complete in memory. Parts last a second, of sound a little less.
#[derive(Debug, Clone)]
pub struct Take {
    pub id: RecordingId,
    pub slug: Slug,
    pub video: Vec<Bytes>,
    pub audio: Vec<Bytes>,
}

impl Take {
    /// `seed` makes it differ from every other take; `seconds` long.
    pub fn new(seed: u8, seconds: u32) -> Self {
        let video = (0..seconds).map(|n| video_part(seed, n, 900)).collect();
        let audio = (0..seconds).map(|n| audio_part(seed, n)).collect();
        Self {
            id: RecordingId::new(BEGINNING, [seed; 10]),
            slug: Slug::from_entropy(&[seed; 32]).unwrap(),
            video,
            audio,
        }
    }

    pub fn parts(&self, track: TrackName) -> &[Bytes] {
        match track {
            TrackName::Video => &self.video,
            _ => &self.audio,
        }
    }

    /// Body of create.
    pub fn create(&self) -> Value {
        json!({
            "slug": self.slug,
            "title": "Bug in login",
            "started_at": BEGINNING,
            "tracks": [
                { "name": "video", "init": STANDARD.encode(video_init()) },
                { "name": "audio", "init": STANDARD.encode(audio_init()) },
            ],
        })
    }

    /// Body of finish: everything there is.
    pub fn finish(&self) -> Value {
        let hashes = |parts: &[Bytes]| parts.iter().map(|p| Sha256::of(p)).collect::<Vec<_>>();
        json!({ "tracks": [
            { "name": "video", "parts": hashes(&self.video) },
            { "name": "audio", "parts": hashes(&self.audio) },
        ] })
    }

    pub fn path(&self) -> String {
        format!("/api/recordings/{}", self.id)
    }
}

impl Client {
    pub async fn create(&self, take: &Take) -> Answer {
        self.put(&take.path(), &take.create()).await
    }

    /// Sends one part of the take as it is.
    pub async fn put_part(&self, take: &Take, track: TrackName, number: usize) -> Answer {
        self.put_bytes(take, track, number, &take.parts(track)[number])
            .await
    }

    /// Sends any bytes as a part, with their right digest and length.
    pub async fn put_bytes(
        &self,
        take: &Take,
        track: TrackName,
        number: usize,
        bytes: &Bytes,
    ) -> Answer {
        self.request(part_request(take, track, number, bytes)).await
    }

    /// Creates the take and sends everything but the finish.
    pub async fn upload(&self, take: &Take) {
        self.create(take).await.expect(201);
        for track in [TrackName::Video, TrackName::Audio] {
            for number in 0..take.parts(track).len() {
                self.put_part(take, track, number).await.expect(201);
            }
        }
    }

    pub async fn finish(&self, take: &Take) -> Answer {
        self.post(&format!("{}/finish", take.path()), &take.finish())
            .await
    }
}

/// A request that sends `bytes` as a part; tests bend it.
pub fn part_request(take: &Take, track: TrackName, number: usize, bytes: &Bytes) -> Request<Body> {
    Request::put(format!("{}/tracks/{track}/parts/{number}", take.path()))
        .header("host", "aside.test")
        .header("content-type", "video/mp4")
        .header("content-length", bytes.len())
        .header("content-digest", content_digest(&Sha256::of(bytes)))
        .body(Body::from(bytes.clone()))
        .unwrap()
}

/// A picture's NAL units, length-prefixed.
fn picture(idr: bool, fill: u8, size: usize) -> Bytes {
    let mut nal = vec![fill; size.max(2)];
    nal[0] = if idr { 0x65 } else { 0x41 };
    let mut out = u32::try_from(nal.len()).unwrap().to_be_bytes().to_vec();
    out.extend(nal);
    out.into()
}

/// Second `number` of a video track whose pictures have `size` bytes.
pub fn video_part(seed: u8, number: u32, size: usize) -> Bytes {
    let idr = number.is_multiple_of(IDR_EVERY);
    let fill = seed.wrapping_add(u8::try_from(number % 251).unwrap());
    let samples: Vec<Sample> = (0..FPS)
        .map(|i| Sample {
            duration: VIDEO_TIMESCALE / FPS,
            sync: idr && i == 0,
            data: picture(idr && i == 0, fill, size),
        })
        .collect();
    write_part(
        number,
        u64::from(number * VIDEO_TIMESCALE),
        Kind::Video,
        &samples,
    )
    .unwrap()
}

/// Part `number` of an audio track: 46 frames, 0.98 s.
pub fn audio_part(seed: u8, number: u32) -> Bytes {
    const FRAMES: u32 = AUDIO_TIMESCALE / AAC_FRAME;
    let data = Bytes::from(vec![
        seed.wrapping_add(u8::try_from(number % 251).unwrap());
        64
    ]);
    let samples: Vec<Sample> = (0..FRAMES)
        .map(|_| Sample {
            duration: AAC_FRAME,
            sync: true,
            data: data.clone(),
        })
        .collect();
    write_part(
        number,
        u64::from(number * FRAMES * AAC_FRAME),
        Kind::Audio,
        &samples,
    )
    .unwrap()
}

pub fn video_init() -> Vec<u8> {
    let avcc = vec![
        1, 0x64, 0, 0x28, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x28, 1, 0, 4, 0x68, 0xeb, 0xe3, 0xcb,
        0xfd, 0xf8, 0xf8, 0,
    ];
    write_video_init(&VideoConfig {
        width: 1280,
        height: 720,
        timescale: VIDEO_TIMESCALE,
        avcc,
    })
    .unwrap()
}

pub fn audio_init() -> Vec<u8> {
    write_audio_init(&AudioConfig {
        sample_rate: AUDIO_TIMESCALE,
        channels: 2,
        asc: vec![0x11, 0x90],
    })
    .unwrap()
}
