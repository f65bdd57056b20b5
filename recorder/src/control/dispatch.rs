//! From a command line to an exit code.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

use super::app::App;
use super::args::{Cli, Takes, TakesVerb, Verb};
use super::exit::Exit;
use super::failure::Failure;
use super::show::{self, err, sentence};
use super::{
    account, change, desktop_app, doctor, login, record, shortcuts, sources, takes, test_encoder,
    verbs,
};
use crate::session::Command;

/// Runs one command line.
pub fn run(app: &App, args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let json = match &cli.verb {
        Some(Verb::Record(record)) => record.is_for_programs(),
        Some(Verb::Login(login)) => login.json,
        Some(Verb::Takes(Takes {
            verb: Some(TakesVerb::Resume { json, .. }),
            ..
        })) => json.json,
        Some(Verb::Takes(Takes {
            verb: Some(TakesVerb::Play { .. }),
            ..
        })) => true,
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
        None => desktop_app::open(app.env.desktop),
        Some(Verb::Login(args)) => login::login(app, &args),
        Some(Verb::Account(args)) => account::account(app, args.json),
        Some(Verb::Change(args)) => change::change(app, &args),
        Some(Verb::Record(args)) => record::record(app, &args),
        Some(Verb::Sources(args)) => Ok(sources::sources(args.json)),
        Some(Verb::Takes(args)) => takes::takes(app, args),
        Some(Verb::Start(to)) => verbs::steer(app, &to, &Command::Start),
        Some(Verb::Stop(to)) => verbs::steer(app, &to, &Command::Stop),
        Some(Verb::Pause(to)) => verbs::steer(app, &to, &Command::Pause),
        Some(Verb::Resume(to)) => verbs::steer(app, &to, &Command::Resume),
        Some(Verb::Restart(to)) => verbs::steer(app, &to, &Command::Restart),
        Some(Verb::Cancel(to)) => verbs::steer(app, &to, &Command::Cancel),
        Some(Verb::Mute(to)) => verbs::steer(app, &to, &Command::Mute),
        Some(Verb::Unmute(to)) => verbs::steer(app, &to, &Command::Unmute),
        Some(Verb::Mark { title, steer }) => verbs::mark(app, &steer, &title.join(" ")),
        Some(Verb::Face {
            face,
            corner,
            size,
            steer,
        }) => verbs::face(app, &steer, face, corner, size),
        Some(Verb::Draw(args)) => verbs::draw(app, &args),
        Some(Verb::Status(args)) => verbs::status(app, args.json),
        Some(Verb::Shortcuts { key }) => shortcuts::shortcuts(app, key),
        Some(Verb::Doctor(args)) => Ok(doctor::doctor(app, args.json)),
        Some(Verb::Generate { what }) => match what.run(Cli::command(), "1") {
            Ok(()) => Ok(Exit::Ok),
            Err(e) => Err(Failure::new(Exit::Failed, e.to_string())),
        },
        Some(Verb::TestEncoder { encoder }) => test_encoder::test_encoder(app, &encoder),
        Some(Verb::EncodePictures { encoder }) => test_encoder::encode_pictures(&encoder),
    }
}

fn usage(error: &clap::Error) -> Exit {
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Ok
    }
}
