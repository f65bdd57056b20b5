//! How often the recorder wakes on a still screen with a microphone, live to a server: `wakeups [SECONDS]`, 20 unless said otherwise.
//! Counts the voluntary context switches of each of its threads. `make bench` runs it on the optimised programs
//! (`ASIDE_PROGRAMS`).

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use harness::{Desktop, RecorderHome, TestSetup};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
async fn main() -> Result<()> {
    let seconds: u32 = std::env::args().nth(1).map_or(Ok(20), |n| n.parse())?;
    let setup = TestSetup::new().await?;
    let desktop = Desktop::new(1920, 1080).await?;
    let token = setup.owner.token.clone().context("token")?;
    let home = RecorderHome::new(&setup.server.url, &token)?.with_env(desktop.env());
    let mut recorder = home.record(&["--screen", "x11", "--mic", "default"])?;
    recorder.parts(20).await?;
    let pid = recorder.program().pid().as_raw_nonzero().to_string();
    let before = switches(&pid)?;
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    let after = switches(&pid)?;
    recorder.stop()?;
    recorder.finished().await?;

    let (mut all, mut sound) = (0.0, 0.0);
    for (thread, (name, count)) in after {
        let known = before.get(&thread).map_or(0, |(_, n)| *n);
        let rate = f64::from(count - known) / f64::from(seconds);
        all += rate;
        if name == "aside-audio" || name == "aside-mic" {
            sound += rate;
        }
        println!("  {name:<16} {rate:6.1} a second");
    }
    println!("Wake-ups of the recorder: {all:.0} a second, of its sound {sound:.0}");
    Ok(())
}

/// Name and voluntary context switches of every thread.
fn switches(pid: &str) -> Result<BTreeMap<String, (String, u32)>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = entry?.path();
        // A thread may end between the two lines.
        let Ok(status) = std::fs::read_to_string(path.join("status")) else {
            continue;
        };
        let value = |key: &str| {
            status
                .lines()
                .find_map(|l| l.strip_prefix(key))
                .map(|v| v.trim().to_owned())
                .with_context(|| format!("no {key} in {}", path.display()))
        };
        let count = value("voluntary_ctxt_switches:")?.parse()?;
        let id = path.file_name().unwrap_or_default();
        found.insert(id.to_string_lossy().into_owned(), (value("Name:")?, count));
    }
    Ok(found)
}
