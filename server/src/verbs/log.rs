//! Logging to stderr; `RUST_LOG` chooses.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Whatever is asked for.
const QUIET: [&str; 2] = ["html5ever=info", "markup5ever=info"];
const DEFAULT: &str = "info,sqlx=warn,whisper_rs=warn";

pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    // The HTML parser logs what it reads, and it reads comments.
    let filter = QUIET
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .init();
}
