//! The arrows of the design: which folder may name which. `domain` knows no HTTP and no SQL, `http` no SQL, pure folders
//! no clock, thread, file or network.

use std::path::Path;

use anyhow::{Result, ensure};
use harness::arrows::{
    Breach, CallRule, Layer, Rule, Source, breaches, call_breaches, circles_of_files,
    circles_of_folders, layer_breaches, read,
};

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

fn sources(src: &str) -> Result<Vec<Source>> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(src))
}

fn none(found: &[Breach]) -> Result<()> {
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

fn hold(src: &str, rules: &[Rule]) -> Result<()> {
    none(&breaches(&sources(src)?, rules)?)
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

const HTTP: &[&str] = &[
    "axum",
    "hyper",
    "hyper_util",
    "http",
    "http_body_util",
    "tower",
    "tower_http",
    "utoipa_axum",
];
const SQL: &[&str] = &["sqlx"];
const DECODERS: &[&str] = &["ffmpeg_next", "ffmpeg", "aside_composition", "whisper_rs"];

/// Every folder of the server, and every file beside the folders: `http, jobs → service → {domain, store, objects}`.
const SERVER: &[Layer] = &[
    layer("entropy", &[]),
    layer("clock", &[]),
    layer("disk", &[]),
    layer("durable_dir", &[]),
    layer("notify", &[]),
    layer("domain", &["entropy"]),
    layer("picture", &[]),
    layer("playlist", &[]),
    layer("media", &[]),
    layer("transcribe", &["domain"]),
    layer("objects", &["disk", "durable_dir"]),
    // The last two are its macros.
    layer("store", &["domain", "in_tx", "on_db"]),
    layer("broadcast", &["notify", "store"]),
    layer("auth", &["domain", "entropy"]),
    layer("config", &["domain"]),
    layer("mail", &["config", "domain"]),
    layer("imap", &["config"]),
    layer("lmtp", &["config", "service"]),
    layer("checked_http", &["domain"]),
    layer("assistant", &["checked_http", "config", "domain"]),
    layer("oidc", &["config", "domain"]),
    layer("intake", &["disk"]),
    layer("limits", &["clock", "domain"]),
    layer("proxy_notice", &["store"]),
    layer("part_cache", &["domain", "objects"]),
    layer(
        "track_cache",
        &["clock", "domain", "notify", "playlist", "store"],
    ),
    layer(
        "events",
        &["clock", "domain", "notify", "store", "track_cache"],
    ),
    layer(
        "resources",
        &["clock", "entropy", "notify", "objects", "store"],
    ),
    layer(
        "service",
        &[
            "auth",
            "domain",
            "entropy",
            "intake",
            "limits",
            "objects",
            "oidc",
            "picture",
            "resources",
            "store",
            "track_cache",
        ],
    ),
    layer("one_file", &["domain", "media", "objects", "store"]),
    layer(
        "archive",
        &[
            "domain",
            "media",
            "objects",
            "one_file",
            "resources",
            "service",
            "store",
        ],
    ),
    layer(
        "jobs",
        &[
            "assistant",
            "checked_http",
            "domain",
            "imap",
            "mail",
            "media",
            "objects",
            "one_file",
            "picture",
            "resources",
            "service",
            "store",
            "transcribe",
        ],
    ),
    layer(
        "app",
        &[
            "auth",
            "config",
            "events",
            "intake",
            "limits",
            "objects",
            "oidc",
            "part_cache",
            "proxy_notice",
            "resources",
            "service",
            "store",
            "track_cache",
        ],
    ),
    layer(
        "http",
        &[
            "app",
            "auth",
            "config",
            "domain",
            "events",
            "intake",
            "notify",
            "objects",
            "oidc",
            "picture",
            "playlist",
            "service",
            "track_cache",
        ],
    ),
    // Of the program `aside-server`, which names the library from outside.
    layer("verbs", &[]),
];

const fn layer(name: &'static str, may: &'static [&'static str]) -> Layer {
    Layer { name, may }
}

const fn rule(place: &'static str, never: &'static [&'static str], why: &'static str) -> Rule {
    Rule { place, never, why }
}

/// Every folder of the recorder, and every file beside the folders: `source → clock → compose/mix → encode → segment →
/// spool → upload`, steered by `session`, shown by `control`.
const RECORDER: &[Layer] = &[
    layer("clock", &[]),
    layer("avdevice", &[]),
    layer("avformat", &[]),
    layer("entropy", &[]),
    layer("wall_clock", &[]),
    layer("http", &[]),
    layer("link", &[]),
    layer("compose", &[]),
    layer("encode", &["compose"]),
    layer("encoders", &["encode"]),
    layer("segment", &["encode"]),
    // Of `config`: where the token lies with which a Wayland desktop restores the choice of last time.
    layer(
        "source",
        &["avdevice", "clock", "compose", "config", "entropy"],
    ),
    layer("shortcuts", &["source"]),
    layer("mix", &["source"]),
    layer(
        "pipeline",
        &["clock", "compose", "encode", "mix", "segment", "source"],
    ),
    layer("spool", &[]),
    layer("upload", &["entropy", "http", "link", "spool"]),
    layer("events", &[]),
    layer("export", &["spool"]),
    layer("playback", &["avdevice", "clock", "compose"]),
    layer("config", &["http"]),
    layer("doctor", &["encode", "pipeline", "shortcuts"]),
    layer(
        "session",
        &[
            "clock",
            "entropy",
            "events",
            "http",
            "pipeline",
            "spool",
            "upload",
            "wall_clock",
        ],
    ),
    layer(
        "control",
        &[
            "clock",
            "config",
            "doctor",
            "encoders",
            "export",
            "http",
            "link",
            "pipeline",
            "playback",
            "session",
            "shortcuts",
            "spool",
            "upload",
        ],
    ),
];

#[test]
fn the_composition_knows_neither_program_and_its_rules_are_pure() -> Result<()> {
    hold(
        "composition/src",
        &[
            Rule {
                place: "",
                never: &["aside_server", "aside_recorder", "tokio"],
                why: "both programs stand on the composition",
            },
            Rule {
                place: "mask.rs",
                never: WORLD,
                why: "how much of a pixel the mask covers is a pure rule",
            },
            Rule {
                place: "paint.rs",
                never: WORLD,
                why: "bytes in, bytes out",
            },
        ],
    )
}

#[test]
fn the_server_keeps_its_layers() -> Result<()> {
    keeps_its_layers("server/src", SERVER)
}

#[test]
fn the_recorder_keeps_its_layers() -> Result<()> {
    keeps_its_layers("recorder/src", RECORDER)
}

/// The desktop app: `shell → {view, engine, hotkeys, notify, tray} → model`.
const APP: &[Layer] = &[
    layer("paths", &[]),
    layer("instance", &[]),
    layer("theme", &[]),
    layer("x11", &[]),
    layer("model", &[]),
    layer("engine", &["model"]),
    layer("hotkeys", &["model"]),
    layer("tray", &["model"]),
    layer("notify", &["model"]),
    layer("view", &["model", "theme"]),
    layer(
        "shell",
        &[
            "engine", "hotkeys", "instance", "model", "notify", "paths", "theme", "tray", "view",
            "x11",
        ],
    ),
];

#[test]
fn the_app_keeps_its_layers_and_its_model_knows_no_window() -> Result<()> {
    keeps_its_layers("recorder/app/src", APP)?;
    let model = |never| rule("model", never, "the model is pure, and drawn by view");
    hold(
        "recorder/app/src",
        &[
            model(&["egui", "eframe", "egui_kittest", "accesskit"]),
            model(WORLD),
        ],
    )
}

fn keeps_its_layers(src: &str, layers: &[Layer]) -> Result<()> {
    let sources = sources(src)?;
    none(&layer_breaches(&sources, layers)?)?;
    let circles = circles_of_folders(&sources);
    ensure!(circles.is_empty(), "folders in a circle: {circles:#?}");
    let circles = circles_of_files(&sources);
    ensure!(circles.is_empty(), "files in a circle: {circles:#?}");
    Ok(())
}

#[test]
fn the_server_keeps_http_sql_and_decoders_apart() -> Result<()> {
    let sources = sources("server/src")?;
    let mut rules = vec![
        rule("domain/access.rs", WORLD, "the policy is pure"),
        rule("playlist", WORLD, "a playlist is a pure function of rows"),
    ];
    for layer in SERVER {
        // Cookies and origins are read from headers.
        if !["http", "auth", "verbs"].contains(&layer.name) {
            rules.push(rule(layer.name, HTTP, "HTTP is spoken in http only"));
        }
        if layer.name != "store" {
            rules.push(rule(layer.name, SQL, "SQL is written in store only"));
        }
        if !["media", "transcribe"].contains(&layer.name) {
            rules.push(rule(
                layer.name,
                DECODERS,
                "only media and transcribe decode, and only workers use them",
            ));
        }
    }
    none(&breaches(&sources, &rules)?)
}

#[test]
fn a_handler_gets_a_recording_from_the_gate_only_and_knows_no_store() -> Result<()> {
    let rules = [
        CallRule {
            place: "http",
            never: &["recording", "recording_by_slug"],
            why: "ask for Allowed<…> in the arguments, or service::gate",
        },
        CallRule {
            place: "http/api/media",
            never: &["view"],
            why: "ask for Playing in the arguments, or service::gate",
        },
        CallRule {
            place: "http",
            never: &["write", ".store"],
            why: "use cases are in service; http only translates",
        },
    ];
    none(&call_breaches(&sources("server/src")?, &rules)?)
}

/// Every arrow that no layer allows is caught, whichever folder it would lead from and to.
#[test]
fn each_forbidden_arrow_is_caught() -> Result<()> {
    ensure!(forbidden_arrows(SERVER)? > 400);
    ensure!(forbidden_arrows(RECORDER)? > 200);
    ensure!(forbidden_arrows(APP)? > 60);
    Ok(())
}

/// How many there are, each of them caught.
fn forbidden_arrows(layers: &[Layer]) -> Result<usize> {
    let folder = tempfile::tempdir()?;
    let mut forbidden = 0;
    for layer in layers {
        let names: String = layers
            .iter()
            .map(|other| format!("use crate::{}::X as {};\n", other.name, other.name))
            .collect();
        std::fs::write(folder.path().join(layer.name).with_extension("rs"), names)?;
        let others = layers.iter().filter(|other| other.name != layer.name);
        forbidden += others
            .filter(|other| !layer.may.contains(&other.name))
            .count();
    }
    let found = layer_breaches(&read(folder.path())?, layers)?;
    ensure!(found.len() == forbidden, "{} of {forbidden}", found.len());
    Ok(forbidden)
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
                place: "session/state.rs",
                never: WORLD,
                why: "what a command means is a pure rule",
            },
            Rule {
                place: "session/watchdog.rs",
                never: WORLD,
                why: "samples in, alarms out",
            },
            Rule {
                place: "events",
                never: WORLD,
                why: "positions in, bytes out",
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
