//! Which encoders of pictures work on this machine: tested once, remembered until a driver or FFmpeg is another one.

mod process;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::encode::{self, EncodeError, EncoderChoice, Encoders};

pub use crate::encode::{Candidate, ENCODE_VERB, TestResult, self_test, serve};
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
    /// [`lacks`]: why an encoder cannot work here, without starting anything.
    pub lacks: &'a dyn Fn(&Candidate) -> Option<String>,
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

/// Notes that an encoder failed in a take as it must not: it is not used until a driver changes, or, where it only took too long on a
/// busy machine, for a day.
pub fn note_failure(name: &str, why: &EncodeError, folder: &Path, conditions: &Conditions<'_>) {
    let failed = match why {
        EncodeError::BrokeDown(how) => TestResult::failed(
            name,
            format!("its driver broke down in a take ({how})"),
            false,
        ),
        EncodeError::Stalled => {
            TestResult::failed(name, "it stood still in a take".to_owned(), true)
        }
        // A line that is too slow for it, say: it may be used again.
        _ => return,
    };
    let file = folder.join(FILE);
    let known = read(&file).filter(|known| known.machine == conditions.machine);
    let mut results = known.unwrap_or_default().results;
    results.retain(|known| known.encoder != name);
    results.push(failed.at(conditions.now, conditions.idle));
    remember(&file, conditions, results);
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
    // Looked at anew each time, and not remembered: it costs less than a look into the file.
    let mut absent = Vec::new();
    let mut results = Vec::new();
    for candidate in choice.to_test() {
        match (conditions.lacks)(&candidate) {
            Some(why) => absent.push(TestResult::failed(candidate.name, why, false)),
            None => results.push(one(&candidate)),
        }
    }
    let others = known
        .iter()
        .filter(|k| results.iter().all(|r| r.encoder != k.encoder));
    let all: Vec<TestResult> = results.iter().chain(others).cloned().collect();
    if results.iter().any(|result| !known.contains(result)) {
        remember(file, conditions, all);
    }
    results.append(&mut absent);
    results
}

fn remember(file: &Path, conditions: &Conditions<'_>, results: Vec<TestResult>) {
    let remembered = Remembered {
        machine: conditions.machine.clone(),
        results,
    };
    if let Err(error) = write(file, &remembered) {
        // The next start tests again.
        tracing::debug!(%error, "the tests of encoders are not remembered: {error}");
    }
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

/// What must be the same for a test to hold: this program, FFmpeg, the kernel with its drivers, the graphics cards, NVIDIA's
/// driver and those of VA-API and QSV, as files below `root` (`/`) tell of them.
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
    let drivers = match cards.is_empty() {
        true => Vec::new(),
        false => user_drivers(root),
    };
    let mut parts = vec![
        format!("aside {}", env!("CARGO_PKG_VERSION")),
        format!("libavcodec {}", encode::ffmpeg_version()),
        format!("kernel {}", text("proc/sys/kernel/osrelease")),
        format!("nvidia {}", text("proc/driver/nvidia/version")),
    ];
    parts.extend(cards);
    parts.extend(drivers);
    parts.join("; ")
}

/// Drivers of VA-API and QSV lie outside of the kernel, in packages of their own: which ones, how large, and of which second.
fn user_drivers(root: &Path) -> Vec<String> {
    let multiarch = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let mut found = Vec::new();
    for libraries in [multiarch.as_str(), "usr/lib64", "usr/lib"] {
        let libraries = root.join(libraries);
        let entries = fs::read_dir(libraries.join("dri")).into_iter().flatten();
        let drivers = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with("_drv_video.so"));
        let of_intel = ["libmfx-gen.so.1.2", "libmfxhw64.so.1"].map(|name| libraries.join(name));
        for path in drivers.chain(of_intel) {
            let Ok(file) = fs::metadata(&path) else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            found.push(format!("{name} {} {}", file.len(), file.mtime()));
        }
    }
    found.sort();
    found
}

/// What this computer lacks for an encoder, as files below `root` (`/`) tell: a process that only finds that out costs a start 70 ms of
/// processor time.
pub fn lacks(root: &Path, candidate: &Candidate) -> Option<String> {
    let any = |folder: &str, of: &dyn Fn(&Path) -> bool| {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        entries.flatten().any(|entry| of(&entry.path()))
    };
    let exists = |path: &str| root.join(path).exists();
    let from_nvidia = |device: &Path| {
        fs::read_to_string(device.join("vendor")).is_ok_and(|vendor| vendor.trim() == "0x10de")
    };
    match candidate.name {
        "h264_vaapi" | "h264_qsv" => (!any("dev/dri", &|_| true))
            .then(|| "this computer has no graphics device (/dev/dri)".to_owned()),
        // Its device files and its kernel module may come only when it is used for the first time.
        "h264_nvenc" => (!exists("proc/driver/nvidia")
            && !exists("dev/nvidiactl")
            && !exists("dev/dxg")
            && !any("sys/bus/pci/devices", &from_nvidia))
        .then(|| "this computer has no graphics card of NVIDIA".to_owned()),
        _ => None,
    }
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
