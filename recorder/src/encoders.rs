//! Which encoders of pictures work on this machine: tested once, remembered until a driver or FFmpeg is another one.

mod process;

use std::fs;
use std::path::Path;

use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::encode::{self, EncodeError, EncoderChoice, Encoders};

pub use crate::encode::{Candidate, TestResult, self_test};
pub use process::{LIMIT, test_in_a_process};

/// In the folder of the program's state.
const FILE: &str = "encoders.json";

/// `encoders.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// Of which machine: drivers, kernel, FFmpeg and this program.
    machine: String,
    results: Vec<TestResult>,
}

/// Where and when encoders are tested.
pub struct Conditions<'a> {
    /// [`machine`].
    pub machine: String,
    pub now: Timestamp,
    /// [`is_idle`].
    pub idle: bool,
    pub test: &'a dyn Fn(&Candidate) -> TestResult,
}

/// What is tried in a take, best first. Tests what was never tested on a machine as it is now, and remembers that in `folder`.
///
/// # Errors
/// When a person named one that does not work.
pub fn choose(
    choice: EncoderChoice,
    folder: &Path,
    conditions: &Conditions<'_>,
) -> Result<Encoders, EncodeError> {
    let file = folder.join(FILE);
    let known = read(&file).filter(|known| known.machine == conditions.machine);
    let known = known.unwrap_or_default().results;
    choice.encoders(&test(choice, &known, &file, conditions))
}

/// Tests everything anew: what `aside doctor` says.
pub fn test_all(folder: &Path, conditions: &Conditions<'_>) -> Vec<TestResult> {
    test(EncoderChoice::Auto, &[], &folder.join(FILE), conditions)
}

/// The results of those that may be used with this choice: what is known and still holds is not tested again.
fn test(
    choice: EncoderChoice,
    known: &[TestResult],
    file: &Path,
    conditions: &Conditions<'_>,
) -> Vec<TestResult> {
    let (now, idle) = (conditions.now, conditions.idle);
    let one = |candidate: &Candidate| {
        let known = known.iter().find(|known| known.encoder == candidate.name);
        match known.filter(|known| known.holds(now, idle)) {
            Some(known) => known.clone(),
            None => (conditions.test)(candidate).at(now, idle),
        }
    };
    let results: Vec<TestResult> = choice.to_test().iter().map(one).collect();
    let others = known
        .iter()
        .filter(|k| results.iter().all(|r| r.encoder != k.encoder));
    let all: Vec<TestResult> = results.iter().chain(others).cloned().collect();
    if results.iter().any(|result| !known.contains(result)) {
        let remembered = Remembered {
            machine: conditions.machine.clone(),
            results: all,
        };
        if let Err(error) = write(file, &remembered) {
            // The next start tests again.
            tracing::debug!(%error, "the tests of encoders are not remembered: {error}");
        }
    }
    results
}

fn read(file: &Path) -> Option<Remembered> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

fn write(file: &Path, remembered: &Remembered) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("json.new");
    fs::write(&new, serde_json::to_vec_pretty(remembered)?)?;
    fs::rename(&new, file)
}

/// What must be the same for a test to hold: this program, FFmpeg, the kernel with its drivers, the graphics cards and NVIDIA's
/// driver, as files below `root` (`/`) tell of them.
pub fn machine(root: &Path) -> String {
    let text = |path: &str| {
        let text = fs::read_to_string(root.join(path)).unwrap_or_default();
        text.lines().next().unwrap_or_default().trim().to_owned()
    };
    let mut cards = Vec::new();
    for entry in fs::read_dir(root.join("sys/class/drm"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("renderD") {
            let of = |what: &str| text(&format!("sys/class/drm/{name}/device/{what}"));
            cards.push(format!("{name} {} {}", of("vendor"), of("device")));
        }
    }
    cards.sort();
    let mut parts = vec![
        format!("aside {}", env!("CARGO_PKG_VERSION")),
        format!("libavcodec {}", encode::ffmpeg_version()),
        format!("kernel {}", text("proc/sys/kernel/osrelease")),
        format!("nvidia {}", text("proc/driver/nvidia/version")),
    ];
    parts.extend(cards);
    parts.join("; ")
}

/// Whether the processor has time for what a test asks of it: less than half of its cores were wanted during the last minute, as
/// `proc/loadavg` below `root` (`/`) tells. Where nothing tells, it has.
pub fn is_idle(root: &Path, cores: usize) -> bool {
    let told = fs::read_to_string(root.join("proc/loadavg")).unwrap_or_default();
    let load: Option<f64> = told.split(' ').next().and_then(|n| n.parse().ok());
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    load.is_none_or(|load| load < f64::from(cores) / 2.0)
}

#[cfg(test)]
mod tests;
