//! A whole setup in one line: a server, somebody with an account, and their computer.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use aside_protocol::recording::TrackName;
use bytes::Bytes;
use serde_json::Value;

use crate::api::Api;
use crate::picture::{Frame, Layout};
use crate::recorder::{Link, RecorderHome, RecorderProcess};
use crate::server::{ServerProcess, Settings};
use crate::take::Take;
use crate::viewer::Viewer;

/// Records the synthetic screen and its beeps.
pub const SYNTHETIC: &[&str] = &["--screen", "synthetic", "--mic", "synthetic"];
/// Pictures a second of the synthetic screen, unless `--fps` says otherwise.
pub const FPS: f64 = 30.0;
/// Where the synthetic screen shows its counter and its flash.
pub const SCREEN: Layout = Layout {
    x: 0,
    y: 0,
    block: 24,
    flash: (1280 - 96, 0, 96),
};

/// Where the synthetic camera shows its counter in the recorded square (it has no flash).
pub const FACE: Layout = Layout {
    x: 18,
    y: 342,
    block: 36,
    flash: (600, 600, 96),
};

/// A file of the spoken fixtures, such as `hello.wav`.
pub fn spoken(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("media/whisper")
        .join(name)
}

/// The speech model of the tests: it knows 114 words.
pub fn speech_model() -> PathBuf {
    spoken("ggml-fixture-en.bin")
}

/// Server, person and computer.
#[derive(Debug)]
pub struct TestSetup {
    pub server: ServerProcess,
    pub owner: Api,
    pub home: RecorderHome,
}

impl TestSetup {
    /// On SQLite and a folder, without a worker.
    ///
    /// # Errors
    /// When the server does not come up.
    pub async fn new() -> Result<Self> {
        Self::with(Settings::default()).await
    }

    /// With a worker that transcribes and makes posters.
    ///
    /// # Errors
    /// When the server does not come up.
    pub async fn with_transcripts() -> Result<Self> {
        Self::with(Settings {
            worker: true,
            whisper_model: Some(speech_model()),
            ..Settings::default()
        })
        .await
    }

    /// # Errors
    /// When the server does not come up.
    pub async fn with(settings: Settings) -> Result<Self> {
        let server = ServerProcess::start_with(settings).await?;
        let owner = server.person("sam@example.org").await?;
        let home = RecorderHome::new(
            &server.url,
            owner.token.as_deref().context("a person has a token")?,
        )?;
        Ok(Self {
            server,
            owner,
            home,
        })
    }

    /// Somebody who knows only the link.
    pub fn viewer(&self, link: &Link) -> Viewer {
        Viewer::new(self.server.stranger(), &link.slug)
    }

    /// Records the synthetic screen for so many seconds, to the receipt.
    ///
    /// # Errors
    /// When anything goes wrong.
    pub async fn recorded(&self, seconds: u32) -> Result<(Link, Viewer)> {
        self.recorded_with(seconds, &[]).await
    }

    async fn recorded_with(&self, seconds: u32, more: &[&str]) -> Result<(Link, Viewer)> {
        let duration = seconds.to_string();
        let args: Vec<&str> = SYNTHETIC
            .iter()
            .chain(&["--duration", &duration])
            .chain(more)
            .copied()
            .collect();
        let mut recorder = self.home.record(&args)?;
        let link = recorder.link().await?;
        recorder.finished().await?;
        let viewer = self.viewer(&link);
        Ok((link, viewer))
    }

    /// A short real take as data, under names of its own.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub async fn take(&self) -> Result<Take> {
        self.take_with(&[]).await
    }

    /// The first part of pictures of another take, which would do as well in place of that of [`TestSetup::take`].
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub async fn another_first_picture(&self) -> Result<Bytes> {
        // The synthetic screen is the same in every take; its pace makes the parts differ.
        let take = self.take_with(&["--fps", "20"]).await?;
        let video = take.track(TrackName::Video).context("video")?;
        Ok(video.parts[0].clone())
    }

    async fn take_with(&self, more: &[&str]) -> Result<Take> {
        let (_, viewer) = self.recorded_with(3, more).await?;
        Take::load(&viewer, &counts(&self.owner, &viewer).await?).await
    }
}

/// How many parts of each track the server holds.
///
/// # Errors
/// When it does not say.
pub async fn counts(owner: &Api, viewer: &Viewer) -> Result<Vec<(TrackName, u32)>> {
    let view = viewer.watch().await?;
    let id = view["id"].as_str().context("a watch view has an id")?;
    let status = owner.upload_status(id).await?;
    Ok(status
        .received
        .iter()
        .map(|t| (t.name, t.ranges.iter().map(|r| r.last + 1 - r.first).sum()))
        .collect())
}

/// What the counters of a take say: no picture is out of order, every picture lies where its counter
/// says, and no second is without one.
///
/// Single pictures may be missing: a machine that is busy with other tests is late, and a recorder
/// that follows the screen does not know what it did not see. Where none came until the part had to
/// end, the recorder repeats the last one there (`RepeatRule`); it lies after the next was due.
///
/// # Errors
/// When they say otherwise.
pub fn check_counters(frames: &[Frame]) -> Result<()> {
    ensure!(!frames.is_empty(), "no picture at all");
    let counted: Option<Vec<(f64, u16)>> =
        frames.iter().map(|f| Some((f.at_ms, f.counter?))).collect();
    let counted =
        counted.with_context(|| format!("a picture without a readable counter: {frames:?}"))?;
    let (first_ms, first) = counted[0];
    ensure!(
        first_ms.abs() < 1.0,
        "the timeline begins at 0, not at {first_ms} ms"
    );
    let interval = 1000.0 / FPS;
    for pair in counted.windows(2) {
        let step = pair[1].1.wrapping_sub(pair[0].1);
        let text = format!(
            "counter {} at {} ms is followed by {} at {} ms",
            pair[0].1, pair[0].0, pair[1].1, pair[1].0
        );
        let repeated = step == 0 && pair[1].0 - pair[0].0 > interval;
        ensure!(repeated || (1..=30).contains(&step), "{text}");
    }
    let end = counted.last().map_or(0.0, |(at_ms, _)| *at_ms);
    let mut shown = counted;
    shown.dedup_by_key(|(_, counter)| *counter);
    let newest = shown.last().map_or(0.0, |(at_ms, _)| *at_ms);
    ensure!(
        end - newest <= 1000.0,
        "nothing new behind {newest} ms, and the last picture lies at {end} ms"
    );
    for (at_ms, counter) in &shown {
        let expected = first_ms + f64::from(counter.wrapping_sub(first)) * interval;
        ensure!(
            (at_ms - expected).abs() <= interval,
            "counter {counter} belongs at {expected} ms and lies at {at_ms} ms"
        );
    }
    Ok(())
}

/// The same for a finished take, of which the recorder said how long it is: its last picture lies within a second of
/// that end (a still screen has one picture a second, and a busy machine may miss some of a moving one).
///
/// # Errors
/// When they say otherwise.
pub fn check_whole(frames: &[Frame], recorder: &RecorderProcess) -> Result<()> {
    check_counters(frames)?;
    let stopped = recorder.seen("stopped");
    let length = stopped
        .last()
        .and_then(|e| e["duration_ms"].as_f64())
        .context("the recorder says how long the take is")?;
    let last = frames.last().map_or(0.0, |f| f.at_ms);
    ensure!(
        (length - 1000.0..=length).contains(&last),
        "the take has {length} ms, its last picture lies at {last} ms"
    );
    Ok(())
}

/// The part events of one state: `sealed` (on the recorder's disk) or `received` (on the server).
pub fn parts<'a>(recorder: &'a RecorderProcess, state: &str) -> Vec<&'a Value> {
    recorder
        .seen("part")
        .into_iter()
        .filter(|e| e["state"] == state)
        .collect()
}

/// A part event as track and number.
///
/// # Errors
/// When it is none.
pub fn part_key(event: &Value) -> Result<(String, u64)> {
    let track = event["track"].as_str().context("a part has a track")?;
    Ok((
        track.to_owned(),
        event["number"].as_u64().context("a part has a number")?,
    ))
}
