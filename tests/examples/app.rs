//! What the desktop app costs, under Xvfb with Mesa's software renderer: `app [SECONDS]`, 10 for each state unless said otherwise.
//! Counts the processor time of the app and of the recorder it steers; times by the clock are of this machine with whatever else it does.
//! `make bench` runs it on the optimised programs (`ASIDE_PROGRAMS`).
#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use harness::painter::Painter;
use harness::program::{Program, TIMEOUT, eventually, output};
use harness::{Desktop, RecorderHome, TestSetup, setup};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::Command;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, MapState};
use x11rb::rust_connection::RustConnection;

const SETTINGS: &str = "bar = \"shown\"\n[choice]\ncountdown = 0\n";

/// So long the preview goes on as fast after the last touch.
const ATTENDED: Duration = Duration::from_secs(15);

struct Bench {
    desktop: Desktop,
    home: RecorderHome,
    x: RustConnection,
    seconds: Duration,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
async fn main() -> Result<()> {
    let seconds = std::env::args().nth(1).map_or(Ok(10), |n| n.parse())?;
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1920, 1080).await?;
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?.with_env(desktop.env());
    let config = home.path().join("config/aside");
    std::fs::create_dir_all(&config)?;
    std::fs::write(config.join("app.toml"), SETTINGS)?;
    let (x, _) = RustConnection::connect(Some(&desktop.display))?;
    let bench = Bench {
        desktop,
        home,
        x,
        seconds: Duration::from_secs(seconds),
    };

    // The first start reads files that the next ones find in memory.
    let mut up = Vec::new();
    for _ in 0..4 {
        let begun = Instant::now();
        let mut app = Program::start("aside-app", bench.home.app()?)?;
        bench.window().await?;
        up.push((begun.elapsed().as_millis(), cpu(pid(&app))?.as_millis()));
        bench.recorder("ready").await?;
        app.kill().await?;
        bench.gone().await?;
    }
    let (first, warm) = (up.remove(0), up);
    println!("Window up, (ms by the clock, ms of processor time): first {first:?}, then {warm:?}");

    let app = Program::start("aside-app", bench.home.app()?)?;
    let window = bench.window().await?.to_string();
    bench.xdotool(&["windowfocus", "--sync", &window]).await?;
    bench.recorder("ready").await?;
    println!("Resident: {}", memory(pid(&app))?);

    bench.xdotool(&["key", "ctrl+3"]).await?;
    bench.gone().await?;
    println!(
        "A page where nothing moves: {}",
        bench.share(&[pid(&app)]).await?
    );
    let both = bench.previewing(&app).await?;
    println!(
        "Preview of a still screen, app and recorder: {}",
        bench.share(&both).await?
    );
    bench.xdotool(&["key", "ctrl+3"]).await?;
    bench.gone().await?;
    let moving = Painter::start(&bench.desktop.display, 30, 60)?;
    // It covers the app, which a window manager would not let it.
    bench.xdotool(&["windowraise", &window]).await?;
    let both = bench.previewing(&app).await?;
    println!(
        "Preview of a moving screen while somebody does something, app and recorder: {}",
        bench.share(&both).await?
    );
    tokio::time::sleep(ATTENDED).await;
    println!(
        "The same after nobody did anything for a while: {}",
        bench.share(&both).await?
    );
    drop(moving);

    let pressed = SystemTime::now().duration_since(UNIX_EPOCH)?;
    bench.xdotool(&["key", "ctrl+shift+l"]).await?;
    let running = bench.recorder("recording").await?;
    let socket = running["socket"].as_str().context("a socket")?;
    let told = tokio::spawn(follow(UnixStream::connect(socket).await?));
    println!(
        "Bar while nobody speaks: {}",
        bench.share(&both[..1]).await?
    );
    let hello = setup::spoken("hello.wav");
    let speaks = async {
        loop {
            bench.desktop.speak(&hello).await?;
        }
    };
    tokio::select! {
        said = speaks => return said,
        share = bench.share(&both[..1]) => println!("Bar while somebody speaks: {}", share?),
    }
    println!("Resident: {}", memory(pid(&app))?);
    bench.xdotool(&["key", "ctrl+shift+l"]).await?;
    let first = first_picture(&told.await??).context("no first picture")?;
    let after = first.saturating_sub(pressed).as_millis();
    println!("From the key that starts to the first picture: {after} ms by the clock");
    bench.gone().await?;
    Ok(())
}

/// Everything that the recorder tells of the take.
async fn follow(mut socket: UnixStream) -> Result<Vec<Value>> {
    socket.write_all(b"{\"command\":\"follow\"}\n").await?;
    let (mut lines, mut told) = (BufReader::new(socket).lines(), Vec::new());
    while let Some(line) = lines.next_line().await? {
        told.push(serde_json::from_str(&line)?);
    }
    Ok(told)
}

/// By the clock of the computer.
fn first_picture(told: &[Value]) -> Option<Duration> {
    let of = |event: &str| told.iter().find(|line| line["event"] == event);
    let (started, stopped) = (of("started")?, of("stopped")?);
    let first = stopped["report"]["first_picture_at_ms"].as_u64()?;
    let after = i64::try_from(first).ok()? - started["at_ms"].as_i64()?;
    let at = started["unix_us"].as_i64()? + after * 1000;
    Some(Duration::from_micros(u64::try_from(at).ok()?))
}

impl Bench {
    async fn xdotool(&self, args: &[&str]) -> Result<()> {
        let mut command = Command::new("xdotool");
        command.args(args).env("DISPLAY", &self.desktop.display);
        output(&mut command).await?;
        Ok(())
    }

    /// The window of the app, as soon as it is on the screen.
    async fn window(&self) -> Result<u32> {
        let until = Instant::now() + TIMEOUT;
        loop {
            let root = self.x.setup().roots[0].root;
            for window in self.x.query_tree(root)?.reply()?.children {
                let name = AtomEnum::WM_NAME;
                let name = self
                    .x
                    .get_property(false, window, name, AtomEnum::ANY, 0, 64)?;
                // It may be gone again.
                let named = name.reply().is_ok_and(|name| name.value == b"Aside");
                let state = self.x.get_window_attributes(window)?.reply();
                if named && state.is_ok_and(|state| state.map_state == MapState::VIEWABLE) {
                    return Ok(window);
                }
            }
            anyhow::ensure!(Instant::now() < until, "no window");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn recorders(&self) -> Result<Value> {
        let rows = self.home.run(&["status", "--json"]).await?;
        Ok(serde_json::from_str(rows.trim())?)
    }

    async fn recorder(&self, state: &str) -> Result<Value> {
        eventually(state, TIMEOUT, || async {
            let row = self.recorders().await?[0].clone();
            Ok((row["state"] == state).then_some(row))
        })
        .await
    }

    /// Opens the page with the preview; the app and its recorder.
    async fn previewing(&self, app: &Program) -> Result<[i32; 2]> {
        self.xdotool(&["key", "ctrl+1"]).await?;
        let recorder = self.recorder("ready").await?;
        let recorder = recorder["pid"].as_str().context("a pid")?.parse()?;
        Ok([pid(app), recorder])
    }

    async fn gone(&self) -> Result<()> {
        eventually("no recorder", TIMEOUT, || async {
            let rows = self.recorders().await?;
            Ok(rows.as_array().is_none_or(Vec::is_empty).then_some(()))
        })
        .await
    }

    /// Of one core, in percent, of each of these processes.
    async fn share(&self, processes: &[i32]) -> Result<String> {
        // What led here is over.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let times = || {
            processes
                .iter()
                .map(|process| cpu(*process))
                .collect::<Result<Vec<_>>>()
        };
        let before = times()?;
        tokio::time::sleep(self.seconds).await;
        let shares = times()?.into_iter().zip(before).map(|(now, before)| {
            let share = now.saturating_sub(before).as_secs_f64() / self.seconds.as_secs_f64();
            format!("{:.2} %", share * 100.0)
        });
        Ok(shares.collect::<Vec<_>>().join(", "))
    }
}

fn pid(program: &Program) -> i32 {
    program.pid().as_raw_nonzero().get()
}

/// Processor time of all threads that run, by the scheduler's count.
fn cpu(process: i32) -> Result<Duration> {
    let mut all = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let path: PathBuf = thread?.path().join("schedstat");
        // A thread may end between the two lines.
        if let Ok(text) = std::fs::read_to_string(path) {
            let nanos = text.split(' ').next().unwrap_or_default().parse()?;
            all += Duration::from_nanos(nanos);
        }
    }
    Ok(all)
}

fn memory(process: i32) -> Result<String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let of = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key));
        line.map_or("?", |line| line[key.len()..].trim()).to_owned()
    };
    Ok(format!("{}, of it files {}", of("VmRSS:"), of("RssFile:")))
}
