//! What the server says to each request.

use aside_protocol::cmaf::read_part;
use aside_protocol::device::{DeviceAuthorization, DeviceError, DeviceRefusal, DeviceToken};
use aside_protocol::id::RecordingId;
use aside_protocol::problem::{Problem, ProblemCode};
use aside_protocol::recording::{Audience, RecordingState, Sha256, TrackName};
use aside_protocol::time::Timestamp;
use aside_protocol::timed_event::read_events;
use aside_protocol::upload::{
    CreateRecording, FinishReceipt, FinishRecording, FinishTrack, Heartbeat, HeartbeatReceipt,
    INIT_VERSION, InitReceipt, PartReceipt, PutInit, RecordingCreated, TrackRanges, UploadStatus,
    parse_content_digest, ranges,
};
use serde::Serialize;

use super::wire::{Answer, Request};
use super::{Fault, State};

/// Start, duration and whether it stands by itself.
fn times(body: &[u8], track: TrackName) -> Option<(u64, u64, bool)> {
    if track == TrackName::Events {
        let head = read_events(body).ok()?.head;
        return Some((head.start_ms, head.end_ms - head.start_ms, true));
    }
    let info = read_part(body, track.kind()).ok()?.info;
    Some((info.start, info.duration, info.independent))
}

fn json(status: u16, body: &impl Serialize) -> Answer {
    Answer {
        status,
        kind: "application/json",
        body: serde_json::to_vec(body).unwrap(),
    }
}

pub(super) fn problem(code: ProblemCode) -> Answer {
    Answer {
        kind: "application/problem+json",
        ..json(code.status(), &Problem::new(code))
    }
}

impl State {
    pub(super) fn answer(&mut self, request: &Request, base: &str, fault: Fault) -> Answer {
        let path: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        if path[..2] == ["api", "device"] {
            return self.device(path[2], base);
        }
        if request.headers.get("authorization") != Some(&format!("Bearer {}", self.token)) {
            return problem(ProblemCode::Unauthenticated);
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["api", "me"]) => json(
                200,
                &serde_json::json!({ "user": { "name": "Ada", "email": "ada@example.org" } }),
            ),
            ("PUT", ["api", "recordings", id]) => self.create(id, request, base),
            ("GET", ["api", "recordings", id, "upload"]) => self.status(id),
            ("PUT", ["api", "recordings", id, "tracks", track, "parts", n]) => {
                self.put(id, track, n, request)
            }
            ("PUT", ["api", "recordings", id, "tracks", track, "inits", version]) => {
                self.put_init(id, track, version, request)
            }
            ("POST", ["api", "recordings", id, "heartbeat"]) => self.heartbeat(id, request),
            ("POST", ["api", "recordings", id, "finish"]) => self.finish(id, request, base, fault),
            ("POST", ["api", "recordings", _, "issue-link"]) => {
                let on: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
                self.asked_to_link.push(on.clone());
                let first = self.asked_to_link.len() == 1;
                let (progress, why) = match on["issue"].as_str() {
                    Some("404") => ("failed", Some("GitHub knows no issue 404 in acme/shop")),
                    Some(_) if first => ("waiting", None),
                    _ => ("made", None),
                };
                let url = "https://tracker.example/12";
                json(
                    202,
                    &serde_json::json!({ "progress": progress, "url": url, "why": why }),
                )
            }
            ("POST", ["api", "recordings", id, "cancel"]) if !self.older => {
                self.recordings.remove(*id);
                Answer {
                    status: 204,
                    kind: "",
                    body: Vec::new(),
                }
            }
            ("DELETE", ["api", "recordings", id]) => {
                self.recordings.remove(*id);
                Answer {
                    status: 204,
                    kind: "",
                    body: Vec::new(),
                }
            }
            _ => problem(ProblemCode::NotFound),
        }
    }

    fn create(&mut self, id: &str, request: &Request, base: &str) -> Answer {
        let create: CreateRecording = serde_json::from_slice(&request.body).unwrap();
        if self.older && create.tracks.iter().any(|t| t.name == TrackName::Events) {
            return problem(ProblemCode::Invalid);
        }
        let recording = self.recordings.entry(id.to_owned()).or_default();
        match &recording.create {
            Some(known) if *known != create => return problem(ProblemCode::RecordingConflict),
            _ => recording.create = Some(create.clone()),
        }
        let url = format!("{base}/w/{}", create.slug);
        let id: RecordingId = id.parse().unwrap();
        json(
            201,
            &RecordingCreated {
                id,
                slug: create.slug,
                url,
                state: RecordingState::Recording,
                audience: Some(create.audience.unwrap_or(Audience::Link)),
            },
        )
    }

    fn status(&self, id: &str) -> Answer {
        let Some(recording) = self.recordings.get(id) else {
            return problem(ProblemCode::NotFound);
        };
        let held = |name: &TrackName| TrackRanges {
            name: *name,
            ranges: ranges(
                recording
                    .parts
                    .keys()
                    .filter(|(t, _)| t == name)
                    .map(|(_, n)| *n),
            ),
        };
        let state = recording.state();
        json(
            200,
            &UploadStatus {
                state,
                received: TrackName::ALL.iter().map(held).collect(),
            },
        )
    }

    fn put(&mut self, id: &str, track: &str, n: &str, request: &Request) -> Answer {
        let track: TrackName = track.parse().unwrap();
        let Some(recording) = self.recordings.get_mut(id) else {
            return problem(ProblemCode::NotFound);
        };
        let sha256 = Sha256::of(&request.body);
        if request
            .headers
            .get("content-digest")
            .and_then(|d| parse_content_digest(d))
            != Some(sha256)
        {
            return problem(ProblemCode::DigestMismatch);
        }
        let Some((start, duration, independent)) = times(&request.body, track) else {
            return problem(ProblemCode::NotCmaf);
        };
        let number: u32 = n.parse().unwrap();
        let init = request.headers.get(INIT_VERSION);
        let init: u32 = init.map_or(1, |version| version.parse().unwrap());
        if init > 1 && !recording.inits.contains_key(&(track, init)) {
            return problem(ProblemCode::InitUnknown);
        }
        let first = recording
            .first_of_init
            .entry((track, init))
            .or_insert(number);
        *first = (*first).min(number);
        match recording.parts.get(&(track, number)) {
            Some(known) if *known != request.body => return problem(ProblemCode::PartConflict),
            _ => recording
                .parts
                .insert((track, number), request.body.clone()),
        };
        json(
            201,
            &PartReceipt {
                track,
                number,
                sha256,
                size: request.body.len() as u64,
                start,
                duration,
                independent,
                init,
            },
        )
    }

    fn put_init(&mut self, id: &str, track: &str, version: &str, request: &Request) -> Answer {
        let track: TrackName = track.parse().unwrap();
        let version: u32 = version.parse().unwrap();
        let Some(recording) = self.recordings.get_mut(id) else {
            return problem(ProblemCode::NotFound);
        };
        let PutInit { init } = serde_json::from_slice(&request.body).unwrap();
        let sha256 = Sha256::of(&init);
        let held = recording.inits.entry((track, version)).or_insert(sha256);
        if *held != sha256 {
            return problem(ProblemCode::InitConflict);
        }
        json(
            201,
            &InitReceipt {
                track,
                version,
                sha256,
            },
        )
    }

    fn heartbeat(&mut self, id: &str, request: &Request) -> Answer {
        let beat: Heartbeat = serde_json::from_slice(&request.body).unwrap();
        let Some(recording) = self.recordings.get_mut(id) else {
            return problem(ProblemCode::NotFound);
        };
        recording.beats.push(beat.state);
        let state = recording.state();
        json(200, &HeartbeatReceipt { state })
    }

    fn finish(&mut self, id: &str, request: &Request, base: &str, fault: Fault) -> Answer {
        let finish: FinishRecording = serde_json::from_slice(&request.body).unwrap();
        let Some(recording) = self.recordings.get_mut(id) else {
            return problem(ProblemCode::NotFound);
        };
        for track in &finish.tracks {
            for (sha256, number) in track.parts.iter().zip(0..) {
                match recording.parts.get(&(track.name, number)) {
                    Some(bytes) if Sha256::of(bytes) == *sha256 => {}
                    Some(_) => return problem(ProblemCode::PartConflict),
                    None => return problem(ProblemCode::PartsMissing),
                }
            }
        }
        recording.finished = true;
        // What is held, which may be more than was asked for.
        let of = |name: TrackName| FinishTrack {
            name,
            parts: recording
                .parts
                .iter()
                .filter(|((track, _), _)| *track == name)
                .map(|(_, bytes)| Sha256::of(bytes))
                .collect(),
            inits: recording
                .inits
                .iter()
                .filter(|((track, _), _)| *track == name)
                .map(|(_, sha256)| *sha256)
                .collect(),
        };
        let mut tracks: Vec<FinishTrack> = finish.tracks.iter().map(|t| of(t.name)).collect();
        if fault == Fault::ShortReceipt {
            tracks[0].parts.pop();
        }
        let slug = &recording.create.as_ref().unwrap().slug;
        json(
            200,
            &FinishReceipt {
                id: id.parse().unwrap(),
                url: format!("{base}/w/{slug}"),
                finished_at: Timestamp::from_micros(0),
                duration_ms: 0,
                tracks,
            },
        )
    }

    /// Says yes at the second poll.
    fn device(&mut self, verb: &str, base: &str) -> Answer {
        if verb == "authorize" {
            return json(
                200,
                &DeviceAuthorization {
                    device_code: "device".to_owned(),
                    user_code: "BCDF-GHJK".to_owned(),
                    verification_uri: format!("{base}/device"),
                    verification_uri_complete: format!("{base}/device?code=BCDF-GHJK"),
                    expires_in: 60,
                    interval: 1,
                },
            );
        }
        self.polls += 1;
        match self.polls {
            1 => json(
                400,
                &DeviceRefusal {
                    error: DeviceError::AuthorizationPending,
                },
            ),
            _ => json(
                200,
                &DeviceToken {
                    access_token: self.token.clone(),
                    token_type: "Bearer".to_owned(),
                },
            ),
        }
    }
}
