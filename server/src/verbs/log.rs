//! Logging to stderr; `RUST_LOG` chooses.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

const DEFAULT: &str = "info,sqlx=warn,whisper_rs=warn";

pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .init();
}
