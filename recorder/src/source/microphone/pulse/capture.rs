//! One record stream: what the server sends becomes blocks with the instant of their capture.

use std::time::{Duration, SystemTime};

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    Command, CreateRecordStreamReply, GetSourceInfo, LatencyParams, Prop, Props, RecordLatency,
    RecordStreamParams, SampleSpec, SinkInputInfo, SourceInfo, SubscriptionEventFacility,
};

use super::connection::{Broken, Connection, Message, Sent};
use super::control::Control;
use super::format::{self, bytes_per_second, frame_size};
use super::timing::{Timing, answered};
use crate::clock::{Clock, Mono};
use crate::source::sound::{Layout, SoundBlock};

/// Sound the server may gather before it sends; half of it is spent in the device, half in the server.
const FRAGMENTS_PER_SECOND: u64 = 20;
/// Longest block that is delivered, in seconds: after a standstill the server's whole queue comes at once.
const MAX_BLOCK_SECONDS: u64 = 1;
/// With more than this in the server's queue, in seconds, an answer about time is not used: what was lost lies
/// somewhere inside the queue, and the answer holds only for its end.
const MAX_QUEUED_FOR_TIMING: f64 = 0.2;
/// A question about time that was not answered for so long is asked anew.
const TIMING_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the server is asked who plays into an output.
const PLAYERS_INTERVAL: Duration = Duration::from_secs(1);
/// What begins to play may be heard after so many of these.
const PLAYERS_LATE: u32 = 3;
/// Answers after which a new stream is known well enough to be read at leisure.
const TIMING_SAMPLES: usize = 12;
/// With fewer than these, as after a standstill, it is no longer.
const FEWEST_TIMING_SAMPLES: usize = 5;
/// How often the server is asked about time then; each question wakes it.
const TIMING_INTERVAL: Duration = Duration::from_millis(90);

/// A stream that runs.
pub(super) struct Capture {
    /// Of the source.
    pub(super) id: String,
    pub(super) layout: Layout,
    pub(super) spec: SampleSpec,
    channel: u32,
    timing: Timing,
    known: bool,
    /// Frames received, and of these not yet delivered.
    frames: u64,
    waiting: Vec<f32>,
    asked: Option<Sent>,
    /// When the latest question was asked.
    last_asked: Option<Mono>,
    heard: Mono,
    /// The latest answer said that the server's queue holds much.
    behind: bool,
    /// How old the next sound is, by the latest answer, in seconds.
    age: f64,
    /// The output whose monitor this is.
    output: Option<u32>,
    players: Players,
}

/// Whether programs play into an output, as the server says when it is asked.
#[derive(Debug, Default)]
struct Players {
    asked: Option<Sent>,
    /// When they were last asked for.
    last: Option<Mono>,
    /// In so many answers on end somebody played.
    seen: u32,
    /// Not told yet.
    news: Option<bool>,
    playing: bool,
}

/// What the server had to say besides sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StreamState {
    Nothing,
    /// The stream is closed: its source is gone.
    Killed,
    /// Perhaps another source is the default now.
    Changed,
}

impl Capture {
    /// Opens `source` at its own channels; at `rate` if that is given.
    pub(super) fn open(
        connection: &mut Connection,
        source: &SourceInfo,
        rate: Option<u32>,
        clock: &dyn Clock,
        control: &Control,
    ) -> Result<Self, Broken> {
        let spec = format::asked_for(source.sample_spec, rate);
        let fragment = bytes_per_second(spec) / FRAGMENTS_PER_SECOND;
        let mut props = Props::new();
        props.set(Prop::MediaName, c"Recording");
        let params = RecordStreamParams {
            sample_spec: spec,
            channel_map: source.channel_map,
            source_index: Some(source.index),
            buffer_attr: BufferAttr {
                // The longest queue that the server can keep: what does not fit into it is thrown away there, silently.
                max_length: u32::MAX,
                fragment_size: u32::try_from(fragment).unwrap_or(u32::MAX),
                ..BufferAttr::default()
            },
            flags: StreamFlags {
                adjust_latency: true,
                // A server that moved the stream to another source would do so without a word, perhaps to a monitor.
                no_move: true,
                ..StreamFlags::default()
            },
            props,
            ..RecordStreamParams::default()
        };
        let stream: CreateRecordStreamReply =
            connection.ask(&Command::CreateRecordStream(params), clock, control)?;
        tracing::debug!(source = %id_of(source), spec = ?stream.sample_spec, buffer = ?stream.buffer_attr, "a microphone is open");
        Ok(Self {
            id: id_of(source),
            layout: format::layout(&stream.channel_map),
            spec: stream.sample_spec,
            channel: stream.channel,
            timing: Timing::new(stream.sample_spec.sample_rate),
            known: false,
            frames: 0,
            waiting: Vec::new(),
            asked: None,
            last_asked: None,
            heard: clock.now(),
            behind: false,
            age: 0.0,
            output: source.monitor_of_sink_index,
            players: Players::default(),
        })
    }

    /// Closes the stream; the connection stays.
    pub(super) fn close(self, connection: &mut Connection) {
        // Without a connection there is no stream either.
        let _ = connection.send(&Command::DeleteRecordStream(self.channel));
    }

    /// Whether the stream's place in time is known.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// Whether much waits in the server's queue, as after a standstill: until it is read, nothing is known of what was lost.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// How old the next sound is, as the server says; zero where it is said to be of the future.
    pub(super) fn latency(&self) -> Duration {
        Duration::try_from_secs_f64(self.age).unwrap_or_default()
    }

    /// When sound last came.
    pub(super) fn heard(&self) -> Mono {
        self.heard
    }

    /// Takes in everything that was received. Returns how many bytes of it were sound.
    pub(super) fn take(
        &mut self,
        connection: &mut Connection,
        clock: &dyn Clock,
    ) -> Result<(usize, StreamState), Broken> {
        let (mut sound, mut state) = (0, StreamState::Nothing);
        while let Some(message) = connection.next()? {
            match message {
                Message::Sound { channel, bytes } if channel == self.channel => {
                    sound += bytes.len();
                    self.frames += (bytes.len() / frame_size(self.spec)) as u64;
                    format::floats(&bytes, self.spec.format, &mut self.waiting);
                }
                Message::Answer { request, answer } => {
                    if let Some(sent) = self.asked.take_if(|s| s.request == request) {
                        let answer: RecordLatency =
                            connection.read(&answer.map_err(Broken::Error)?)?;
                        self.place(sent, &answer, clock.now());
                    } else if self
                        .players
                        .asked
                        .take_if(|s| s.request == request)
                        .is_some()
                    {
                        // A server that does not say who plays is not asked for more.
                        let list: Option<Vec<SinkInputInfo>> =
                            answer.ok().and_then(|body| connection.read(&body).ok());
                        self.heard_of_players(&list.unwrap_or_default());
                    }
                }
                Message::News(news) => match *news {
                    Command::RecordStreamKilled(channel) if channel == self.channel => {
                        state = StreamState::Killed;
                    }
                    Command::SubscribeEvent(event)
                        if event.event_facility == SubscriptionEventFacility::Server
                            && state == StreamState::Nothing =>
                    {
                        state = StreamState::Changed;
                    }
                    _ => {}
                },
                Message::Sound { .. } => {}
            }
        }
        if sound > 0 {
            self.heard = clock.now();
        }
        Ok((sound, state))
    }

    fn place(&mut self, sent: Sent, answer: &RecordLatency, received: Mono) {
        let per_second = bytes_per_second(self.spec) as f64;
        let queued = (answer.write_offset - answer.read_offset) as f64 / per_second;
        self.behind = queued > MAX_QUEUED_FOR_TIMING;
        if self.behind {
            return;
        }
        let server = answer
            .remote_time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let at = answered(sent.at, received, sent.wall, server);
        // A monitor gives what its sink will have played only when the sink's own delay has passed.
        let device = (answer.source_usec as f64 - answer.sink_usec as f64) * 1e-6;
        self.age = queued + device;
        self.timing.answer(at, self.frames, self.age);
        let enough = match self.known {
            true => FEWEST_TIMING_SAMPLES,
            false => TIMING_SAMPLES,
        };
        self.known = self.timing.answers() >= enough;
    }

    /// Asks how old the next sample will be, unless the last question is still open, or was asked a moment ago about a stream that is
    /// known.
    pub(super) fn ask_time(
        &mut self,
        connection: &mut Connection,
        clock: &dyn Clock,
    ) -> Result<(), Broken> {
        let at = clock.now();
        let open = self.asked.is_some_and(|sent| at - sent.at < TIMING_TIMEOUT);
        let fresh = self.last_asked.is_some_and(|t| at - t < TIMING_INTERVAL);
        if open || (fresh && self.is_known() && !self.behind) {
            return Ok(());
        }
        self.last_asked = Some(at);
        #[expect(
            clippy::disallowed_methods,
            reason = "compared with the server's stamp of the same wall clock, within one answer"
        )]
        let now = SystemTime::now();
        let request = connection.send(&Command::GetRecordLatency(LatencyParams {
            channel: self.channel,
            now,
        }))?;
        let wall = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        self.asked = Some(Sent { request, at, wall });
        Ok(())
    }

    /// Asks who plays, now and then; of a monitor only.
    pub(super) fn ask_players(
        &mut self,
        connection: &mut Connection,
        clock: &dyn Clock,
    ) -> Result<(), Broken> {
        let now = clock.now();
        let last = self.players.last;
        if self.output.is_none() || last.is_some_and(|last| now - last < PLAYERS_INTERVAL) {
            return Ok(());
        }
        let request = connection.send(&Command::GetSinkInputInfoList)?;
        self.players.last = Some(now);
        self.players.asked = Some(Sent {
            request,
            at: now,
            wall: Duration::ZERO,
        });
        Ok(())
    }

    fn heard_of_players(&mut self, list: &[SinkInputInfo]) {
        let plays = |input: &SinkInputInfo| {
            Some(input.sink_index) == self.output && !input.corked && !input.muted
        };
        self.players.seen = match list.iter().any(plays) {
            true => self.players.seen.saturating_add(1),
            false => 0,
        };
        // Some outputs give what is played seconds later.
        let playing = self.players.seen > PLAYERS_LATE;
        if playing != std::mem::replace(&mut self.players.playing, playing) {
            self.players.news = Some(playing);
        }
    }

    /// Whether somebody plays now, where that is news.
    pub(super) fn playing(&mut self) -> Option<bool> {
        self.players.news.take()
    }

    /// When the newest sound that was taken was captured.
    pub(super) fn delivered(&self) -> Mono {
        self.timing.captured(self.frames).unwrap_or_default()
    }

    /// What can be delivered: nothing before the first answer about time.
    pub(super) fn block(&mut self) -> Option<SoundBlock> {
        let channels = usize::from(self.spec.channels.max(1));
        let waiting = (self.waiting.len() / channels) as u64;
        if waiting == 0 {
            return None;
        }
        let captured = self.timing.captured(self.frames - waiting)?;
        let longest = MAX_BLOCK_SECONDS * u64::from(self.spec.sample_rate);
        let count = usize::try_from(waiting.min(longest)).unwrap_or(0) * channels;
        let rest = self.waiting.split_off(count);
        let samples = std::mem::replace(&mut self.waiting, rest);
        Some(SoundBlock { captured, samples })
    }

    /// Whether the source is still there; for a stream that gives no sound.
    pub(super) fn is_there(
        &self,
        connection: &mut Connection,
        clock: &dyn Clock,
        control: &Control,
    ) -> Result<(), Broken> {
        let name = std::ffi::CString::new(self.id.as_str()).ok();
        let request = Command::GetSourceInfo(GetSourceInfo { index: None, name });
        let _: SourceInfo = connection.ask(&request, clock, control)?;
        Ok(())
    }
}

/// For `--mic`.
pub(super) fn id_of(source: &SourceInfo) -> String {
    source.name.to_string_lossy().into_owned()
}
