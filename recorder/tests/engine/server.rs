//! A server that keeps the upload's promises (docs/PROTOCOL.md) and breaks down on demand. It
//! speaks just enough HTTP/1.1 by hand, so that a test can cut a connection at any byte.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use aside_protocol::cmaf::read_part;
use aside_protocol::device::{DeviceAuthorization, DeviceError, DeviceRefusal, DeviceToken};
use aside_protocol::id::RecordingId;
use aside_protocol::problem::{Problem, ProblemCode};
use aside_protocol::recording::{Audience, RecordingState, Sha256, TrackName};
use aside_protocol::time::Timestamp;
use aside_protocol::timed_event::{TimedEvent, read_events};
use aside_protocol::upload::{
    CreateRecording, FinishReceipt, FinishRecording, FinishTrack, Heartbeat, HeartbeatReceipt,
    INIT_VERSION, InitReceipt, PartReceipt, PutInit, RecorderState, RecordingCreated, TrackRanges,
    UploadStatus, parse_content_digest, ranges,
};
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Something in between answers: status, media type, body.
    Proxy(u16, &'static str, &'static str),
    /// Answers with this problem and does nothing.
    Problem(ProblemCode),
    /// Does what was asked, and closes the connection instead of answering.
    LoseAnswer,
    /// Reads half the body and closes the connection.
    CutBody,
    /// Never answers.
    Hang,
    /// Proves less than it holds.
    ShortReceipt,
}

/// One request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) fault: Fault,
}

#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) create: Option<CreateRecording>,
    pub(crate) parts: BTreeMap<(TrackName, u32), Vec<u8>>,
    /// Hashes of later inits, by version.
    pub(crate) inits: BTreeMap<(TrackName, u32), Sha256>,
    /// The first part that was sent with each version.
    pub(crate) first_of_init: BTreeMap<(TrackName, u32), u32>,
    pub(crate) finished: bool,
    /// What the recorder said it was doing, in order.
    pub(crate) beats: Vec<RecorderState>,
}

impl Recording {
    /// What the track of events holds, in the order of its parts.
    pub(crate) fn events(&self) -> Vec<TimedEvent> {
        let parts = self
            .parts
            .iter()
            .filter(|((track, _), _)| *track == TrackName::Events);
        parts
            .flat_map(|(_, bytes)| read_events(bytes).unwrap().events)
            .collect()
    }

    fn state(&self) -> RecordingState {
        match (self.finished, self.beats.last()) {
            (true, _) => RecordingState::Finished,
            (false, Some(RecorderState::Paused)) => RecordingState::Paused,
            (false, _) => RecordingState::Recording,
        }
    }
}

type Faults = Box<dyn FnMut(&str, &str) -> Fault + Send>;

pub(crate) struct State {
    pub(crate) seen: Vec<Seen>,
    pub(crate) recordings: BTreeMap<String, Recording>,
    pub(crate) token: String,
    /// Knows neither the track of events nor how to cancel.
    pub(crate) older: bool,
    faults: Faults,
    polls: u32,
}

/// Runs until it is dropped; its state outlives it.
pub(crate) struct Server {
    pub(crate) url: String,
    shared: Arc<(Mutex<State>, Condvar)>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Decides for each request, by method and path, what goes wrong with it.
    pub(crate) fn with_faults(faults: impl FnMut(&str, &str) -> Fault + Send + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), faults)
    }

    pub(crate) fn at(
        address: SocketAddr,
        faults: impl FnMut(&str, &str) -> Fault + Send + 'static,
    ) -> Self {
        let listener = StdListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            seen: Vec::new(),
            recordings: BTreeMap::new(),
            token: "goodtoken".to_owned(),
            older: false,
            faults: Box::new(faults),
            polls: 0,
        };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (state, base) = (Arc::clone(&shared), url.clone());
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&state), base.clone()));
            }
        });
        Self {
            url,
            shared,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap()
    }

    /// Waits until something is true of the server.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, so: impl Fn(&State) -> bool) {
        let (state, waited) = self
            .shared
            .1
            .wait_timeout_while(self.state(), PATIENCE, |state| !so(state))
            .unwrap();
        assert!(
            !waited.timed_out(),
            "{what} did not happen; seen: {:#?}",
            state.seen
        );
    }

    /// How often each part was sent, whatever became of it.
    pub(crate) fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for seen in self
            .state()
            .seen
            .iter()
            .filter(|s| s.path.contains("/parts/"))
        {
            *sent.entry(seen.path.clone()).or_insert(0) += 1;
        }
        sent
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl State {
    /// The one recording there is.
    pub(crate) fn only(&self) -> (&str, &Recording) {
        assert_eq!(self.recordings.len(), 1, "{:?}", self.recordings.keys());
        self.recordings
            .iter()
            .next()
            .map(|(id, r)| (id.as_str(), r))
            .unwrap()
    }
}

/// Start, duration and whether it stands by itself.
fn times(body: &[u8], track: TrackName) -> Option<(u64, u64, bool)> {
    if track == TrackName::Events {
        let head = read_events(body).ok()?.head;
        return Some((head.start_ms, head.end_ms - head.start_ms, true));
    }
    let info = read_part(body, track.kind()).ok()?.info;
    Some((info.start, info.duration, info.independent))
}

struct Request {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
}

async fn converse(mut stream: TcpStream, shared: Arc<(Mutex<State>, Condvar)>, base: String) {
    let mut buffer = Vec::new();
    loop {
        let Some((method, path, headers, rest)) = read_head(&mut stream, &mut buffer).await else {
            return;
        };
        let length: usize = headers
            .get("content-length")
            .and_then(|l| l.parse().ok())
            .unwrap_or(0);
        let fault = {
            let mut state = shared.0.lock().unwrap();
            (state.faults)(&method, &path)
        };
        let wanted = if fault == Fault::CutBody {
            length / 2
        } else {
            length
        };
        let mut body = rest;
        while body.len() < wanted {
            let mut more = vec![0; 64 * 1024];
            match stream.read(&mut more).await {
                Ok(n) if n > 0 => body.extend_from_slice(&more[..n]),
                _ => return,
            }
        }
        buffer = body.split_off(body.len().min(length));
        let request = Request {
            method: method.clone(),
            path: path.clone(),
            headers,
            body,
        };
        let answer = {
            let mut state = shared.0.lock().unwrap();
            state.seen.push(Seen {
                method,
                path,
                fault,
            });
            let answer = match fault {
                Fault::Problem(code) => Some(problem(code)),
                Fault::Proxy(status, kind, body) => Some(Answer {
                    status,
                    kind,
                    body: body.into(),
                }),
                Fault::CutBody | Fault::Hang => None,
                _ => Some(state.answer(&request, &base, fault)),
            };
            shared.1.notify_all();
            answer
        };
        match (fault, answer) {
            (Fault::Hang, _) => std::future::pending().await,
            (Fault::LoseAnswer, _) | (_, None) => return,
            (_, Some(answer)) => {
                let kind = match answer.kind {
                    "" => String::new(),
                    kind => format!("content-type: {kind}\r\n"),
                };
                let head = format!(
                    "HTTP/1.1 {} Because\r\n{kind}content-length: {}\r\n\r\n",
                    answer.status,
                    answer.body.len()
                );
                let bytes = [head.as_bytes(), &answer.body].concat();
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

type Head = (String, String, BTreeMap<String, String>, Vec<u8>);

async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Head> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(n) if n > 0 => buffer.extend_from_slice(&more[..n]),
            _ => return None,
        }
    };
    let rest = buffer.split_off(end);
    let text = String::from_utf8(std::mem::take(buffer)).ok()?;
    let mut lines = text.lines();
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let header = |line: &str| {
        line.split_once(':')
            .map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned()))
    };
    Some((method, path, lines.filter_map(header).collect(), rest))
}

fn json(status: u16, body: &impl Serialize) -> Answer {
    Answer {
        status,
        kind: "application/json",
        body: serde_json::to_vec(body).unwrap(),
    }
}

fn problem(code: ProblemCode) -> Answer {
    Answer {
        kind: "application/problem+json",
        ..json(code.status(), &Problem::new(code))
    }
}

impl State {
    fn answer(&mut self, request: &Request, base: &str, fault: Fault) -> Answer {
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
