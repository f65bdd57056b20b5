//! What processes that decode give up before they read anything: tried from inside, where the kernel knows how.
#![expect(clippy::print_stderr, reason = "a skipped test must be seen")]

use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aside_server::domain::confinement::{Confined, Posture, Tried};
use landlock::{LandlockStatus, RestrictSelf};
use tempfile::TempDir;

use crate::process::{aside, said};

/// Whether the kernel confines; where it does not, nothing was tried.
fn kernel_confines() -> bool {
    // Asks, and changes nothing here.
    let asked = RestrictSelf::default().no_new_privs(false).apply();
    let status = asked.unwrap().landlock;
    let confines = matches!(status, LandlockStatus::Available { .. });
    if !confines {
        eprintln!("not tried: this kernel does not confine ({status:?})");
    }
    confines
}

fn program(verb: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aside-server"));
    command
        .args(verb)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Waits until it says how far it is confined, which it does before it reads.
fn posture(child: &mut Child) -> Option<Posture> {
    let mut first = [0];
    let stdout = child.stdout.as_mut().unwrap();
    stdout.read_exact(&mut first).unwrap();
    Posture::from_byte(first[0])
}

#[test]
fn a_process_that_decodes_can_open_no_file_and_connect_to_nobody() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("aside.db");
    fs::write(&database, "everything").unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    // Whoever starts it may do both.
    assert!(
        File::open(&database).is_ok() && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
    );

    let (path, port) = (database.to_str().unwrap(), port.to_string());
    let output = program(&["try-decoder", path, &port]).output().unwrap();
    assert!(output.status.success());
    let tried: Tried = serde_json::from_slice(&output.stdout).unwrap();
    if !kernel_confines() {
        assert_eq!((tried.posture, tried.opened), (Posture::Not, true));
        return;
    }
    assert_ne!(tried.posture, Posture::Not);
    assert!(!tried.opened, "{tried:?}");
    // A kernel that knows less than all may be too old for TCP.
    assert!(
        !tried.connected || tried.posture == Posture::Partly,
        "{tried:?}"
    );
}

#[test]
fn a_decoder_is_confined_before_it_is_told_anything() {
    let confines = kernel_confines();
    for (verb, files) in [("decode-frame", Some("0")), ("make-excerpt", None)] {
        let mut child = program(&[verb]).spawn().unwrap();
        let posture = posture(&mut child);
        let of = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap();
        let (status, limits) = (of("status"), of("limits"));
        child.kill().unwrap();
        child.wait().unwrap();
        let line = |text: &str, name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name));
            let words = found.unwrap().split_whitespace();
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(line(&status, "NoNewPrivs:"), ["1"], "{verb}");
        if let Some(files) = files {
            assert_eq!(
                line(&limits, "Max open files")[..2],
                [files, files],
                "{verb}"
            );
        }
        assert_eq!(posture.unwrap() == Posture::Not, !confines, "{verb}");
    }
}

#[test]
fn what_reads_text_sees_programs_and_languages_and_nothing_else() {
    if !kernel_confines() {
        return;
    }
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let secret = other.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    // Stands for a tesseract that somebody made do what they want.
    let taken_over = folder.path().join("tesseract");
    let script = format!("#!/bin/sh\necho it runs\ncat {}\n", secret.display());
    fs::write(&taken_over, script).unwrap();
    fs::set_permissions(&taken_over, Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let run = |languages: &Path| {
        let mut command = program(&["read-screen", "eng"]);
        command.env("PATH", &path).env("TESSDATA_PREFIX", languages);
        let mut child = command.spawn().unwrap();
        assert_ne!(posture(&mut child), Some(Posture::Not));
        said(&child.wait_with_output().unwrap())
    };
    assert_eq!(run(folder.path()), "it runs");
    assert_eq!(run(other.path()), "it runs\nsecret", "where languages lie");
}

#[test]
fn the_doctor_says_in_a_line_how_far_decoders_are_confined() {
    let data = TempDir::new().unwrap();
    let output = aside(data.path(), &["doctor"]).output().unwrap();
    let lines = said(&output);
    let found: Vec<&str> = lines
        .lines()
        .filter(|it| it.contains(" decoders "))
        .collect();
    let [line] = found[..] else {
        panic!("{lines}");
    };
    let begins = if kernel_confines() { "ok " } else { "lacking " };
    // A kernel between Linux 5.13 and 6.7 keeps them from files alone.
    let partly = line.starts_with("lacking ") && line.contains("older than Linux 6.7");
    assert!(line.starts_with(begins) || partly, "{line}");
}

#[test]
fn what_was_tried_is_judged_by_what_came_of_it_and_not_by_what_was_said() {
    use Posture::{Enforced, Not, Partly};
    let tried = |posture, opened, connected| {
        let tried = Tried {
            posture,
            opened,
            connected,
        };
        tried.confined()
    };
    assert_eq!(tried(Enforced, false, false), Confined::Yes);
    assert_eq!(tried(Partly, false, false), Confined::Yes);
    assert_eq!(tried(Partly, false, true), Confined::FilesOnly);
    for leak in [
        (Enforced, true, false),
        (Enforced, false, true),
        (Partly, true, false),
    ] {
        assert_eq!(tried(leak.0, leak.1, leak.2), Confined::Leaks, "{leak:?}");
    }
    assert_eq!(tried(Not, false, false), Confined::No);
}
