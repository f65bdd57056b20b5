//! The arrows of the design: who may know whom. `domain` knows no HTTP and no SQL, `http` no SQL,
//! the pure rooms nothing that ticks, waits or touches the world.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use harness::arrows::{Rule, breaches};

/// What a pure rule may not touch: files, network, threads, clocks, chance.
const WORLD: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::env",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::os",
    "tokio",
    "reqwest",
    "hyper",
    "axum",
    "sqlx",
    "object_store",
    "rustix",
    "ffmpeg_next",
    "ffmpeg",
    "cpal",
    "x11rb",
    "scap",
    "getrandom",
    "crossbeam_channel",
    "whisper_rs",
];

fn hold(src: &str, rules: &[Rule]) -> Result<()> {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(src);
    let found = breaches(&root, rules)?;
    let list: String = found
        .iter()
        .map(|b| {
            format!(
                "{}:{} names {}: {}\n",
                b.file.display(),
                b.line,
                b.names,
                b.why
            )
        })
        .collect();
    ensure!(found.is_empty(), "arrows that turn round:\n{list}");
    Ok(())
}

#[test]
fn the_protocol_stands_below_both_programs_and_touches_nothing() -> Result<()> {
    hold(
        "protocol/src",
        &[
            Rule {
                place: "",
                never: WORLD,
                why: "the protocol is pure",
            },
            Rule {
                place: "",
                never: &["aside_server", "aside_recorder"],
                why: "the protocol lies below both programs",
            },
        ],
    )
}

#[test]
fn the_server_keeps_its_arrows() -> Result<()> {
    const HTTP: &[&str] = &[
        "axum",
        "hyper",
        "hyper_util",
        "http",
        "http_body_util",
        "tower",
        "tower_http",
        "utoipa_axum",
        "crate::http",
    ];
    const SQL: &[&str] = &["sqlx"];
    hold(
        "server/src",
        &[
            Rule {
                place: "domain",
                never: HTTP,
                why: "the rules know no HTTP",
            },
            Rule {
                place: "domain",
                never: SQL,
                why: "the rules know no SQL",
            },
            Rule {
                place: "domain",
                never: &["crate::jobs", "crate::media", "crate::transcribe"],
                why: "http and jobs stand above domain",
            },
            Rule {
                place: "domain/access.rs",
                never: WORLD,
                why: "the policy is pure",
            },
            Rule {
                place: "service",
                never: HTTP,
                why: "use cases know no HTTP",
            },
            Rule {
                place: "service",
                never: SQL,
                why: "SQL is written in store only",
            },
            Rule {
                place: "service",
                never: &[
                    "crate::app",
                    "crate::jobs",
                    "crate::media",
                    "crate::transcribe",
                ],
                why: "http and jobs stand above service",
            },
            Rule {
                place: "http",
                never: SQL,
                why: "SQL is written in store only",
            },
            Rule {
                place: "http",
                never: &[
                    "crate::media",
                    "crate::transcribe",
                    "ffmpeg_next",
                    "whisper_rs",
                ],
                why: "nothing is decoded where HTTP is answered",
            },
            Rule {
                place: "jobs",
                never: SQL,
                why: "SQL is written in store only",
            },
            Rule {
                place: "jobs",
                never: HTTP,
                why: "jobs know no HTTP",
            },
            Rule {
                place: "store",
                never: HTTP,
                why: "the store knows no HTTP",
            },
            Rule {
                place: "store",
                never: &[
                    "crate::jobs",
                    "crate::media",
                    "crate::transcribe",
                    "crate::objects",
                ],
                why: "the store stands at the bottom",
            },
            Rule {
                place: "objects",
                never: HTTP,
                why: "objects know no HTTP",
            },
            Rule {
                place: "objects",
                never: &["crate::store", "crate::jobs", "crate::domain"],
                why: "objects stand at the bottom",
            },
            Rule {
                place: "media",
                never: &["crate::store", "crate::http", "crate::jobs", "sqlx", "axum"],
                why: "media turns bytes into pictures and sound, nothing else",
            },
            Rule {
                place: "transcribe",
                never: &["crate::store", "crate::http", "crate::jobs", "sqlx", "axum"],
                why: "transcribe turns sound into words, nothing else",
            },
            Rule {
                place: "playlist",
                never: WORLD,
                why: "a playlist is a pure function of rows",
            },
        ],
    )
}

#[test]
fn the_recorder_keeps_its_arrows() -> Result<()> {
    const ABOVE: &[&str] = &["crate::control", "crate::session", "crate::pipeline"];
    const LATER: &[&str] = &["crate::spool", "crate::upload", "reqwest"];
    hold(
        "recorder/src",
        &[
            Rule {
                place: "clock",
                never: &[
                    "std::fs",
                    "std::net",
                    "std::thread",
                    "tokio",
                    "crossbeam_channel",
                ],
                why: "clock is pure: now is an argument",
            },
            Rule {
                place: "segment",
                never: WORLD,
                why: "where to cut is a pure rule",
            },
            Rule {
                place: "compose",
                never: WORLD,
                why: "frames in, frame out",
            },
            Rule {
                place: "compose",
                never: &["crate::source", "crate::encode", "crate::pipeline"],
                why: "sources paint onto what compose gives them",
            },
            Rule {
                place: "mix",
                never: &["std::fs", "std::net", "std::thread", "tokio", "cpal"],
                why: "blocks in, block out",
            },
            Rule {
                place: "upload/plan.rs",
                never: WORLD,
                why: "what to send next is a pure rule",
            },
            Rule {
                place: "source",
                never: ABOVE,
                why: "sources know nobody above them",
            },
            Rule {
                place: "source",
                never: LATER,
                why: "sources come first",
            },
            Rule {
                place: "source",
                never: &["crate::encode", "crate::segment"],
                why: "sources come first",
            },
            Rule {
                place: "clock",
                never: &[
                    "crate::source",
                    "crate::encode",
                    "crate::segment",
                    "crate::spool",
                    "crate::upload",
                ],
                why: "clock comes before what is stamped",
            },
            Rule {
                place: "encode",
                never: ABOVE,
                why: "encoders know nobody above them",
            },
            Rule {
                place: "encode",
                never: LATER,
                why: "encode comes before spool and upload",
            },
            Rule {
                place: "segment",
                never: LATER,
                why: "segment comes before spool and upload",
            },
            Rule {
                place: "spool",
                never: ABOVE,
                why: "the spool knows nobody above it",
            },
            Rule {
                place: "spool",
                never: &["crate::source", "crate::encode", "crate::upload", "reqwest"],
                why: "the spool is complete before any network exists",
            },
            Rule {
                place: "upload",
                never: ABOVE,
                why: "the uploader reads only the spool",
            },
            Rule {
                place: "upload",
                never: &["crate::source", "crate::encode", "crate::segment"],
                why: "the uploader reads only the spool",
            },
            Rule {
                place: "session",
                never: &["crate::control"],
                why: "control steers the session, not the other way round",
            },
        ],
    )
}

/// A rule that could not fail would be no rule: a source with the arrow turned round is caught.
#[test]
fn an_arrow_that_turns_round_is_caught() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir_all(folder.path().join("server/src/domain"))?;
    std::fs::write(
        folder.path().join("server/src/domain/share.rs"),
        "use crate::http::error::Problem;\nfn f() { let _ = sqlx::query(\"\"); }\n",
    )?;
    let rules = [Rule {
        place: "domain",
        never: &["crate::http", "sqlx"],
        why: "the rules know neither",
    }];
    let found = breaches(&folder.path().join("server/src"), &rules)?;
    assert_eq!(found.iter().map(|b| b.line).collect::<Vec<_>>(), [1, 2]);
    Ok(())
}
