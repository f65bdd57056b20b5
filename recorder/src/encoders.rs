//! Which encoders of pictures work on this machine: tested once, remembered until a driver or FFmpeg is another one.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::encode::{self, EncodeError, EncoderChoice, Encoders, TestResult};

/// In the folder of the program's state.
const FILE: &str = "encoders.json";

/// `encoders.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// Of which machine: drivers, kernel, FFmpeg and this program.
    machine: String,
    results: Vec<TestResult>,
}

/// What is tried in a take, best first. Tests what was never tested on a machine as it is now, and remembers that in `folder`.
///
/// # Errors
/// When a person named one that does not work.
pub fn choose(
    choice: EncoderChoice,
    folder: &Path,
    machine: &str,
    clock: &dyn Clock,
) -> Result<Encoders, EncodeError> {
    let file = folder.join(FILE);
    let known = read(&file).filter(|known| known.machine == machine);
    let known = known.unwrap_or_default().results;
    choice.encoders(&test(choice, &known, &file, machine, clock))
}

/// Tests everything anew: what `aside doctor` says.
pub fn test_all(folder: &Path, machine: &str, clock: &dyn Clock) -> Vec<TestResult> {
    test(EncoderChoice::Auto, &[], &folder.join(FILE), machine, clock)
}

fn test(
    choice: EncoderChoice,
    known: &[TestResult],
    file: &Path,
    machine: &str,
    clock: &dyn Clock,
) -> Vec<TestResult> {
    let begin = clock.now();
    let elapsed = || clock.now().since(begin);
    let results = encode::tested(&choice.to_test(), known, &elapsed);
    let others = known
        .iter()
        .filter(|k| results.iter().all(|r| r.encoder != k.encoder));
    let all: Vec<TestResult> = results.iter().chain(others).cloned().collect();
    if results.iter().any(|result| !known.contains(result)) {
        let remembered = Remembered {
            machine: machine.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    fn passed(encoder: &str) -> TestResult {
        TestResult {
            encoder: encoder.to_owned(),
            passed_ms: Some(5),
            failed: None,
        }
    }

    /// A folder in which every test of this machine is remembered as passed.
    fn remembered(machine: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let results = EncoderChoice::Auto.to_test();
        let remembered = Remembered {
            machine: machine.to_owned(),
            results: results.iter().map(|c| passed(c.name)).collect(),
        };
        write(&folder.path().join(FILE), &remembered).unwrap();
        folder
    }

    #[test]
    fn what_is_remembered_of_this_machine_is_believed() {
        let folder = remembered("this");
        let clock = SystemClock;
        let chosen = choose(EncoderChoice::Auto, folder.path(), "this", &clock).unwrap();
        let candidates = chosen.candidates().len();
        assert_eq!(candidates, EncoderChoice::Auto.to_test().len() + 1);
    }

    #[test]
    fn with_another_driver_everything_is_tested_again_and_that_is_remembered() {
        let folder = remembered("this");
        let clock = SystemClock;
        let chosen = choose(EncoderChoice::Auto, folder.path(), "another", &clock).unwrap();
        let known = read(&folder.path().join(FILE)).unwrap();
        assert_eq!(known.machine, "another");
        let works = known
            .results
            .iter()
            .filter(|r| r.passed_ms.is_some())
            .count();
        assert_eq!(chosen.candidates().len(), works + 1, "{known:?}");
        assert_eq!(known.results.len(), EncoderChoice::Auto.to_test().len());
        assert_ne!(
            known.results,
            [
                passed("h264_vaapi"),
                passed("h264_nvenc"),
                passed("h264_qsv")
            ]
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_or_written_costs_a_test_and_no_take() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), b"{").unwrap();
        let clock = SystemClock;
        assert!(choose(EncoderChoice::Auto, folder.path(), "m", &clock).is_ok());
        let file = folder.path().join("a-file");
        std::fs::write(&file, b"").unwrap();
        assert!(choose(EncoderChoice::X264, &file, "m", &clock).is_ok());
        assert!(choose(EncoderChoice::Auto, &file, "m", &clock).is_ok());
    }

    #[test]
    fn another_card_or_driver_is_another_machine() {
        let root = tempfile::tempdir().unwrap();
        let before = machine(root.path());
        let card = root.path().join("sys/class/drm/renderD128/device");
        std::fs::create_dir_all(&card).unwrap();
        std::fs::write(card.join("vendor"), "0x8086\n").unwrap();
        let with_card = machine(root.path());
        let driver = root.path().join("proc/driver/nvidia");
        std::fs::create_dir_all(&driver).unwrap();
        std::fs::write(driver.join("version"), "NVRM version: 550.54\nGCC\n").unwrap();
        let with_driver = machine(root.path());
        assert!(before != with_card && with_card != with_driver);
        assert!(with_driver.contains("0x8086") && with_driver.contains("550.54"));
    }
}
