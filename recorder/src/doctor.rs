//! What this machine can record, what is missing, and the command that installs it.

mod packages;

use std::path::Path;

use serde::Serialize;

use crate::encode::{self, TestResult, VIDEO_CANDIDATES, VideoFormat};
use crate::pipeline::Sources;
use crate::shortcuts::ShortcutError;
pub use packages::{Manager, Need, install};

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Good,
    /// Recording works without it.
    Missing,
    /// Recording does not work without it.
    Needed,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub what: &'static str,
    pub verdict: Status,
    pub detail: String,
    /// What to type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Check {
    fn good(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            what,
            verdict: Status::Good,
            detail: detail.into(),
            fix: None,
        }
    }

    fn bad(
        what: &'static str,
        verdict: Status,
        detail: impl Into<String>,
        fix: Option<String>,
    ) -> Self {
        Self {
            what,
            verdict,
            detail: detail.into(),
            fix,
        }
    }
}

/// What is known of the machine without asking its devices.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    pub manager: Option<Manager>,
    pub wayland: bool,
    /// `XDG_CURRENT_DESKTOP`.
    pub desktop: String,
    /// A desktop portal is installed.
    pub portal: bool,
}

impl Machine {
    /// Reads the environment through `var` and looks for files below `root` (`/`).
    pub fn look(var: impl Fn(&str) -> Option<String>, root: &Path) -> Self {
        let release = std::fs::read_to_string(root.join("etc/os-release")).unwrap_or_default();
        let manager = if cfg!(target_os = "macos") {
            Some(Manager::Brew)
        } else {
            Manager::of(&release)
        };
        Self {
            manager,
            wayland: var("WAYLAND_DISPLAY").is_some_and(|v| !v.is_empty()),
            desktop: var("XDG_CURRENT_DESKTOP").unwrap_or_default(),
            portal: root
                .join("usr/share/dbus-1/services/org.freedesktop.portal.Desktop.service")
                .exists(),
        }
    }
}

/// The devices and encoders. `tested`: what the self-test said of encoders in hardware.
pub fn checks(machine: &Machine, sources: &Sources, tested: &[TestResult]) -> Vec<Check> {
    vec![
        screen(machine, sources),
        portal(machine),
        microphone(machine, sources),
        camera(sources),
        video(machine, tested),
        sound(machine),
    ]
}

fn screen(machine: &Machine, sources: &Sources) -> Check {
    const WHAT: &str = "screen";
    match sources.screens.as_slice() {
        [] if machine.wayland && machine.portal => {
            Check::good(WHAT, "the desktop asks which one (Wayland)")
        }
        [] if machine.wayland => Check::bad(
            WHAT,
            Status::Needed,
            "Wayland without a desktop portal",
            portal_fix(machine),
        ),
        [] => Check::bad(
            WHAT,
            Status::Needed,
            "no desktop is running here; `--screen synthetic` records a test picture without one",
            None,
        ),
        screens => {
            let names: Vec<String> = screens
                .iter()
                .map(|s| format!("{} ({}×{})", s.name, s.width, s.height))
                .collect();
            Check::good(WHAT, names.join(", "))
        }
    }
}

fn portal(machine: &Machine) -> Check {
    const WHAT: &str = "portal";
    match (cfg!(feature = "portal"), machine.portal) {
        (true, true) => Check::good(WHAT, "xdg-desktop-portal is installed"),
        (true, false) => {
            let detail = "xdg-desktop-portal is not installed; only Wayland needs it";
            Check::bad(WHAT, Status::Missing, detail, portal_fix(machine))
        }
        (false, _) => Check::bad(
            WHAT,
            Status::Missing,
            "this aside was built without it; only Wayland needs it",
            None,
        ),
    }
}

fn portal_fix(machine: &Machine) -> Option<String> {
    install(
        machine.manager,
        Need::Portal {
            desktop: &machine.desktop,
        },
    )
}

fn microphone(machine: &Machine, sources: &Sources) -> Check {
    const WHAT: &str = "microphone";
    match sources
        .microphones
        .iter()
        .find(|m| m.default)
        .or(sources.microphones.first())
    {
        Some(mic) => Check::good(
            WHAT,
            format!("{} ({} in all)", mic.name, sources.microphones.len()),
        ),
        None => {
            let detail = "none; recordings have no sound (`--mic none`)";
            Check::bad(
                WHAT,
                Status::Missing,
                detail,
                install(machine.manager, Need::SoundServer),
            )
        }
    }
}

fn camera(sources: &Sources) -> Check {
    const WHAT: &str = "camera";
    match sources.cameras.as_slice() {
        [first, ..] => Check::good(
            WHAT,
            format!("{} ({} in all)", first.name, sources.cameras.len()),
        ),
        [] => {
            let notes = sources.notes.iter().filter(|n| n.contains("camera"));
            let why: Vec<&str> = notes.map(String::as_str).collect();
            let detail = match why.as_slice() {
                [] => "none; recordings have no face".to_owned(),
                why => format!("none: {}", why.join("; ")),
            };
            Check::bad(WHAT, Status::Missing, detail, None)
        }
    }
}

fn video(machine: &Machine, tested: &[TestResult]) -> Check {
    const WHAT: &str = "H.264 encoder";
    match encode::open_video(
        VIDEO_CANDIDATES,
        VideoFormat {
            width: 1280,
            height: 720,
            fps: 30,
            content: encode::Content::Screen,
        },
    ) {
        Ok((name, _)) => Check::good(WHAT, encoders(name, tested)),
        Err(e) => Check::bad(
            WHAT,
            Status::Needed,
            e.to_string(),
            install(machine.manager, Need::Encoders),
        ),
    }
}

/// Those that are tried, best first, and why the others are not.
fn encoders(software: &str, tested: &[TestResult]) -> String {
    let mut passed: Vec<_> = tested
        .iter()
        .filter_map(|t| Some((t.passed_ms?, t)))
        .collect();
    passed.sort_by_key(|(millis, _)| *millis);
    let mut all: Vec<String> = passed
        .iter()
        .map(|(millis, t)| format!("{} ({millis} ms for the test clip)", t.encoder))
        .collect();
    all.push(software.to_owned());
    let failed = tested.iter().filter_map(|t| Some((t.failed.as_ref()?, t)));
    let not: Vec<String> = failed
        .map(|(why, t)| format!("{}: {why}", t.encoder))
        .collect();
    match not.as_slice() {
        [] => all.join(", then "),
        not => format!("{}. Not used: {}", all.join(", then "), not.join("; ")),
    }
}

fn sound(machine: &Machine) -> Check {
    const WHAT: &str = "AAC encoder";
    match encode::open_audio(2) {
        Ok(_) => Check::good(WHAT, "FFmpeg's own"),
        Err(e) => Check::bad(
            WHAT,
            Status::Needed,
            e.to_string(),
            install(machine.manager, Need::Encoders),
        ),
    }
}

/// Keys that work in every window of a Wayland desktop; `there`: its portal binds them.
pub fn shortcuts(there: bool) -> Check {
    const WHAT: &str = "keys";
    match there {
        true => Check::good(
            WHAT,
            "the desktop binds them for the app, and for `aside record --shortcuts`",
        ),
        false => Check::bad(
            WHAT,
            Status::Missing,
            ShortcutError::Unsupported.to_string(),
            None,
        ),
    }
}

/// The disk that takes are kept on.
pub fn disk(folder: &Path) -> Check {
    const WHAT: &str = "disk";
    // An hour of a lively desktop.
    const LITTLE: u64 = 1_000_000_000;
    match free_bytes(folder) {
        Some(free) if free < LITTLE => {
            let detail = format!(
                "{} MB free in {}: an hour may not fit",
                free / 1_000_000,
                folder.display()
            );
            Check::bad(WHAT, Status::Missing, detail, None)
        }
        Some(free) => Check::good(
            WHAT,
            format!("{} GB free in {}", free / 1_000_000_000, folder.display()),
        ),
        None => Check::bad(
            WHAT,
            Status::Needed,
            format!("{} cannot be read", folder.display()),
            None,
        ),
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let fs = rustix::fs::statvfs(folder).ok()?;
    Some(fs.f_bavail.saturating_mul(fs.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(folder: &Path) -> Option<u64> {
    folder.is_dir().then_some(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_anything_is_told_what_to_type() {
        let machine = Machine {
            manager: Some(Manager::Apt),
            wayland: true,
            ..Machine::default()
        };
        let checks = checks(&machine, &Sources::default(), &[]);
        let fix = |what: &str| {
            checks
                .iter()
                .find(|c| c.what == what)
                .unwrap()
                .fix
                .clone()
                .unwrap()
        };
        assert!(fix("screen").starts_with("sudo apt install xdg-desktop-portal"));
        assert!(fix("microphone").contains("pipewire-pulse"));
    }

    #[test]
    fn the_encoders_that_recording_needs_are_here() {
        let result = |encoder: &str, passed_ms, failed: Option<&str>| TestResult {
            encoder: encoder.to_owned(),
            passed_ms,
            failed: failed.map(str::to_owned),
            ..TestResult::default()
        };
        let tested = [
            result("h264_vaapi", Some(40), None),
            result("h264_nvenc", Some(9), None),
            result("h264_qsv", None, Some("it is grey")),
        ];
        let checks = checks(&Machine::default(), &Sources::default(), &tested);
        for what in ["H.264 encoder", "AAC encoder"] {
            let check = checks.iter().find(|c| c.what == what).unwrap();
            assert_eq!(check.verdict, Status::Good, "{check:?}");
            if what == "H.264 encoder" {
                assert_eq!(
                    check.detail,
                    "h264_nvenc (9 ms for the test clip), then h264_vaapi (40 ms for the test clip), then libx264. \
                     Not used: h264_qsv: it is grey"
                );
            }
        }
    }
}
