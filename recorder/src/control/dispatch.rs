//! From a command line to an exit code.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

use super::app::App;
use super::args::{Cli, Takes, TakesVerb, Verb};
use super::exit::Exit;
use super::failure::Failure;
use super::show::{self, err, out, sentence};
use super::{doctor, login, record, sources, takes};

/// Runs one command line.
pub fn run(app: &App, args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let json = match &cli.verb {
        Some(Verb::Record(record)) => record.json,
        Some(Verb::Takes(Takes {
            verb: Some(TakesVerb::Resume { json, .. }),
            ..
        })) => json.json,
        _ => false,
    };
    match perform(app, cli) {
        Ok(exit) => exit,
        Err(Failure::Usage(error)) => usage(&error),
        Err(Failure::Other { exit, message }) => {
            if json {
                show::JsonLines::new(app.world.clone()).write(&serde_json::json!({
                    "event": "error", "exit": exit as u8, "message": message,
                }));
            }
            err(&format!("aside: {}", sentence(&message)));
            exit
        }
    }
}

fn perform(app: &App, cli: Cli) -> Result<Exit, Failure> {
    match cli.verb {
        None => Ok(print_help()),
        Some(Verb::Login(args)) => login::login(app, &args),
        Some(Verb::Record(args)) => record::record(app, &args),
        Some(Verb::Sources(args)) => Ok(sources::sources(args.json)),
        Some(Verb::Takes(args)) => takes::takes(app, args),
        Some(Verb::Doctor(args)) => Ok(doctor::doctor(app, args.json)),
    }
}

/// The desktop app will open here.
fn print_help() -> Exit {
    out("The desktop app comes in a later version; until then aside is used from here.\n");
    out(&Cli::command().render_help().to_string());
    Exit::Ok
}

fn usage(error: &clap::Error) -> Exit {
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Ok
    }
}
