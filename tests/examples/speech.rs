//! What transcribing real speech costs, and which words come out of it: `speech MODEL WAV [REPEATS]`.
//!
//! Records the sound REPEATS times over (10 unless said otherwise) into one take, starts a worker when the whole take is on the
//! server, and prints the words and the worker's processor seconds for each second of sound, loading the model included.
//! The same sound stands in `$TMPDIR/aside-speech.wav` afterwards, for a peer to be measured with
//! (`scripts/lib/peer_speech.py`). `make bench` runs it where `ASIDE_SPEECH_MODEL` and `ASIDE_SPEECH_WAVS` are set.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use harness::TestSetup;
use harness::program::Program;

/// Ticks of `stat` a second: part of the kernel's interface, the same on all machines.
const USER_HZ: f64 = 100.0;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
async fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (model, wav, repeats) = match &args[..] {
        [model, wav] => (Path::new(model), Path::new(wav), 10),
        [model, wav, repeats] => (Path::new(model), Path::new(wav), repeats.parse()?),
        _ => bail!("speech MODEL WAV [REPEATS]"),
    };
    let long = std::env::temp_dir().join("aside-speech.wav");
    let seconds = repeat(wav, &long, repeats)?;

    let setup = TestSetup::new().await?;
    let mic = format!("file:{}", long.display());
    let duration = (seconds.ceil() + 1.0).to_string();
    let args = [
        "--screen",
        "synthetic",
        "--fps",
        "1",
        "--mic",
        &mic,
        "--duration",
        &duration,
    ];
    let mut recorder = setup.home.record(&args)?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    let viewer = setup.viewer(&link);

    let model = model.canonicalize()?.display().to_string();
    let began = Instant::now();
    let mut worker = Program::start(
        "aside-server worker",
        setup.server.verb(&["worker", "--whisper-model", &model])?,
    )?;
    let pid = worker.pid().as_raw_nonzero().to_string();
    let patience = Duration::from_secs_f64(60.0 + seconds * 10.0);
    let view = viewer
        .watch_within("the transcript", patience, |v| {
            let state = v["transcript"]["state"].as_str();
            matches!(state, Some("done" | "failed"))
        })
        .await?;
    let wall = began.elapsed().as_secs_f64();
    let cpu = processor_seconds(&pid)?;
    worker.kill().await?;
    ensure!(
        view["transcript"]["state"] == "done",
        "{}",
        view["transcript"]
    );
    println!("{}", viewer.words().await?);
    println!(
        "speech {seconds:.1} s, worker {:.3} processor seconds and {:.3} s for each second of it",
        cpu / seconds,
        wall / seconds
    );
    Ok(())
}

/// Writes the sound of `wav` (16-bit PCM) `repeats` times over to `long`; says how many seconds that is.
fn repeat(wav: &Path, long: &Path, repeats: usize) -> Result<f64> {
    let mut reader = hound::WavReader::open(wav).with_context(|| wav.display().to_string())?;
    let spec = reader.spec();
    let samples: Vec<i16> = reader.samples().collect::<Result<_, _>>()?;
    let mut writer = hound::WavWriter::create(long, spec)?;
    for _ in 0..repeats {
        for sample in &samples {
            writer.write_sample(*sample)?;
        }
    }
    writer.finalize()?;
    let frames = samples.len() * repeats / usize::from(spec.channels.max(1));
    Ok(frames as f64 / f64::from(spec.sample_rate))
}

/// User and system time of a process with all its threads, also those that have ended (`utime` and `stime` in proc_pid_stat(5)).
fn processor_seconds(pid: &str) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in the second field may hold blanks.
    let (_, fields) = stat.rsplit_once(')').context("stat")?;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>);
    let ticks = ticks.sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / USER_HZ)
}
