//! `aside`, the recorder. Here the world is brought together once: the environment, the clocks,
//! chance, the disk, the cryptography. Everything below is handed what it needs.

use std::process::ExitCode;
use std::sync::Arc;

use aside_recorder::clock::{Clock as _, SystemClock};
use aside_recorder::config::Environment;
use aside_recorder::control::{App, hold_pause, run};
use aside_recorder::entropy::SystemEntropy;
use aside_recorder::session::World;
use aside_recorder::spool::SystemDisk;
use aside_recorder::wall_clock::SystemWallClock;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    hold_pause();
    let began = SystemClock.now();
    // Another one could only have been installed by this very line.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let log = EnvFilter::try_from_env("ASIDE_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(std::io::stderr)
        .init();
    let world = World {
        clock: Arc::new(SystemClock),
        wall: Arc::new(SystemWallClock),
        entropy: Arc::new(SystemEntropy),
        began,
    };
    let env = Environment::read(|name| std::env::var(name).ok());
    run(
        &App {
            env,
            world,
            disk: Arc::new(SystemDisk),
        },
        std::env::args_os(),
    )
    .into()
}
