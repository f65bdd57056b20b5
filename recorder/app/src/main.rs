//! `aside-app`, the desktop app.

use std::io::{self, Write as _};
use std::process::ExitCode;

use aside_app::instance::{self, Instance};
use aside_app::paths::Paths;
use aside_app::shell;

fn main() -> ExitCode {
    let Some(paths) = Paths::read(|name| std::env::var(name).ok()) else {
        return fail(
            "this account has no home folder; name one with ASIDE_CONFIG_DIR and ASIDE_DATA_DIR",
        );
    };
    let listener = match instance::claim(&paths.instance) {
        Ok(Instance::First(listener)) => Some(listener),
        Ok(Instance::Second) => {
            let _ = writeln!(io::stdout(), "Aside is open already; its window is shown.");
            return ExitCode::SUCCESS;
        }
        // Two windows are better than none.
        Err(_) => None,
    };
    match shell::run(paths, listener) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "aside-app: {message}");
    ExitCode::FAILURE
}
