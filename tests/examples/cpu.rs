//! Processor time of a take against FFmpeg's of the same desktop (still, typed on, scrolled, in full motion, and still with a camera over it):
//! `cpu [SECONDS [PAIRS]]`, three pairs of 20 seconds unless said otherwise. Ours is the whole way: `aside record` with a microphone, spool and
//! upload to a server beside it; FFmpeg's is x11grab and pulse, libx264 veryfast CRF 23, AAC, into a file. Counted is the process from
//! its start to its end, and what the X server and the sound server did for it: more than they do for the scene alone. Takes alternate, and every
//! second pair the other way round. The microphone gives digital silence. `make bench` runs it on the optimised programs (`ASIDE_PROGRAMS`).

mod scene;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use harness::program::Program;
use harness::{Desktop, RecorderHome, TestSetup};
use rustix::process::{Pid, Signal};
use scene::{HEIGHT, Load, Painting, WIDTH};
use tokio::process::Command;

/// The same camera for both: 720p at 30 pictures a second.
const CAMERA: &str = "testsrc2=size=1280x720:rate=30";
/// In which /proc counts what processes did that have ended (proc(5): USER_HZ).
const TICKS: f64 = 100.0;
/// The scene is drawn and the sound server awake before anything is counted.
const SETTLES: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recorder {
    Nobody,
    Aside,
    Ffmpeg,
}

/// What a take cost: seconds of a processor, and megabytes at most.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    recorder: f64,
    servers: f64,
    memory: f64,
}

struct Bench {
    desktop: Desktop,
    home: RecorderHome,
    /// Of a server to which takes are uploaded.
    _setup: TestSetup,
    length: Duration,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let seconds: u64 = args.next().map_or(Ok(20), |n| n.parse())?;
    let pairs: u32 = args.next().map_or(Ok(3), |n| n.parse())?;
    ensure!(
        seconds >= 5,
        "at least 5 seconds: a microphone that nobody listened to may need two until it speaks"
    );
    let setup = TestSetup::new().await?;
    let token = setup.owner.token.clone().context("token")?;
    let desktop = Desktop::new(WIDTH.into(), HEIGHT.into()).await?;
    let home = RecorderHome::new(&setup.server.url, &token)?.with_env(desktop.env());
    let bench = Bench {
        desktop,
        home,
        _setup: setup,
        length: Duration::from_secs(seconds),
    };
    // The first take tests the encoders of this machine; the others know the result.
    bench.take(Load::Still, Recorder::Aside, false).await?;
    println!(
        "  scene            ratio (least–most of {pairs})   aside, ffmpeg: % of a core, with servers (alone)   MB at most"
    );
    let scenes = Load::ALL.map(|load| (load, false));
    for (load, camera) in scenes.into_iter().chain([(Load::Still, true)]) {
        let mut name = load.name();
        if camera {
            name += ", camera";
        }
        println!(
            "  {name:<15}  {}",
            bench.compared(load, camera, pairs).await?
        );
    }
    Ok(())
}

impl Bench {
    /// Takes of both, by turns.
    async fn compared(&self, load: Load, camera: bool, pairs: u32) -> Result<String> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for pair in 0..pairs {
            let alone = self.take(load, Recorder::Nobody, false).await?.servers;
            let mut order = [Recorder::Aside, Recorder::Ffmpeg];
            if pair % 2 == 1 {
                order.reverse();
            }
            for who in order {
                let mut cost = self.take(load, who, camera).await?;
                cost.servers -= alone;
                match who {
                    Recorder::Aside => ours.push(cost),
                    _ => theirs.push(cost),
                }
            }
        }
        let ratios: Vec<f64> = ours
            .iter()
            .zip(&theirs)
            .map(|(a, b)| a.whole() / b.whole())
            .collect();
        let share = |costs: &[Cost], of: fn(&Cost) -> f64| {
            let all: Vec<f64> = costs.iter().map(of).collect();
            median(&all) / self.length.as_secs_f64() * 100.0
        };
        let most = |costs: &[Cost]| costs.iter().map(|c| c.memory).fold(0.0, f64::max);
        let (least, largest) = (
            ratios.iter().copied().fold(f64::MAX, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
        );
        Ok(format!(
            "{:.3} ({least:.3}–{largest:.3})   {:.1} ({:.1}), {:.1} ({:.1})   {:.0}, {:.0}",
            median(&ratios),
            share(&ours, Cost::whole),
            share(&ours, |c| c.recorder),
            share(&theirs, Cost::whole),
            share(&theirs, |c| c.recorder),
            most(&ours),
            most(&theirs),
        ))
    }

    /// One take from the scene's beginning.
    async fn take(&self, load: Load, who: Recorder, camera: bool) -> Result<Cost> {
        let _painting = Painting::begin(&self.desktop.display, load)?;
        tokio::time::sleep(SETTLES).await;
        let (children, servers) = (of_children()?, self.of_servers());
        let memory = match who {
            Recorder::Nobody => {
                tokio::time::sleep(self.length).await;
                0.0
            }
            Recorder::Aside => self.aside(camera).await?,
            Recorder::Ffmpeg => self.ffmpeg(camera).await?,
        };
        Ok(Cost {
            recorder: of_children()? - children,
            servers: self.of_servers() - servers,
            memory,
        })
    }

    async fn aside(&self, camera: bool) -> Result<f64> {
        let graph = format!("lavfi:{CAMERA}");
        let mut args = vec!["--screen", "x11", "--mic", "default"];
        if camera {
            args.extend(["--camera", &graph]);
        }
        let mut recorder = self.home.record(&args)?;
        tokio::time::sleep(self.length).await;
        let memory = most_memory(recorder.program().pid())?;
        recorder.stop()?;
        recorder.finished().await?;
        Ok(memory)
    }

    async fn ffmpeg(&self, camera: bool) -> Result<f64> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("peer.mp4");
        let size = format!("{WIDTH}x{HEIGHT}");
        let mut command = Command::new("ffmpeg");
        command
            .args(["-v", "error", "-nostdin", "-f", "x11grab"])
            .args(["-framerate", "30", "-video_size", &size])
            .args(["-thread_queue_size", "64", "-i", &self.desktop.display])
            .args(["-thread_queue_size", "64", "-f", "pulse", "-i", "default"]);
        if camera {
            // In the corner, as large as ours lies there.
            let over = "[2:v]crop=720:720,scale=280:280[face];[0:v][face]overlay=32:H-h-32[out]";
            command.args(["-re", "-f", "lavfi", "-i", CAMERA]).args([
                "-filter_complex",
                over,
                "-map",
                "[out]",
                "-map",
                "1:a",
            ]);
        }
        command
            .args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "23"])
            .args(["-pix_fmt", "yuv420p", "-c:a", "aac"])
            .arg(&file)
            .envs(self.desktop.env());
        let mut ffmpeg = Program::start("ffmpeg", command)?;
        tokio::time::sleep(self.length).await;
        let memory = most_memory(ffmpeg.pid())?;
        ffmpeg.signal(Signal::INT)?;
        ffmpeg.ended().await?;
        let made = std::fs::metadata(&file).map_or(0, |file| file.len());
        ensure!(made > 0, "ffmpeg made nothing: {}", ffmpeg.said());
        Ok(memory)
    }

    /// Seconds that the servers of the desktop have worked.
    fn of_servers(&self) -> f64 {
        self.desktop.servers().into_iter().map(of_process).sum()
    }
}

impl Cost {
    fn whole(&self) -> f64 {
        self.recorder + self.servers
    }
}

/// Seconds that a running process has worked, all its threads: the scheduler counts nanoseconds.
fn of_process(pid: Pid) -> f64 {
    let tasks = format!("/proc/{}/task", pid.as_raw_nonzero());
    let tasks = std::fs::read_dir(tasks).into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e9
}

/// Seconds that processes have worked that this one started and that have ended, with theirs.
fn of_children() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may hold anything: the fields from the third on.
    let fields = text.rsplit(") ").next().context("no fields")?;
    let ticks = fields.split(' ').skip(13).take(2);
    let ticks: f64 = ticks.filter_map(|n| n.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}

/// Megabytes of memory at most, until now.
fn most_memory(pid: Pid) -> Result<f64> {
    let path = format!("/proc/{}/status", pid.as_raw_nonzero());
    let status = std::fs::read_to_string(path)?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next());
    Ok(kib.context("no VmHWM")?.parse::<f64>()? / 1024.0)
}

fn median(all: &[f64]) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}
