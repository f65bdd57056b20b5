//! `aside stop`, `aside pause`, `aside mark TEXT` …: for scripts and the hotkeys of the desktop. They talk to the recorder that is
//! running.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aside_protocol::layout::{Corner, Face, FaceSize};
use aside_protocol::text::{MAX_TITLE, clean_title};
use serde_json::{Value, json};

use super::app::App;
use super::args::{CornerArg, Draw, DrawArg, FaceArg, InkArg, SizeArg, Steer, ToolArg, usage};
use super::exit::Exit;
use super::failure::Failure;
use super::show::out;
use super::socket::{self, SUFFIX};
use super::wish;
use crate::pipeline::{Ink, Tool};
use crate::session::{Command, DrawChange, FaceChange, TakenBack};

pub(super) fn mark(app: &App, to: &Steer, title: &str) -> Result<Exit, Failure> {
    let title = clean_title(title)
        .map_err(|_| usage(format!("a title has at most {MAX_TITLE} characters")))?;
    steer(app, to, &Command::Mark { title })
}

pub(super) fn face(
    app: &App,
    to: &Steer,
    face: Option<FaceArg>,
    corner: Option<CornerArg>,
    size: Option<SizeArg>,
) -> Result<Exit, Failure> {
    if (face, corner, size) == (None, None, None) {
        let message = "expected corner, full or hidden, or --corner, or --size";
        return Err(usage(message.to_owned()).into());
    }
    let change = FaceChange {
        face: face.map(|face| match face {
            FaceArg::Corner => Face::Corner,
            FaceArg::Full => Face::Full,
            FaceArg::Hidden => Face::Hidden,
        }),
        corner: corner.map(|corner| match corner {
            CornerArg::TopLeft => Corner::TopLeft,
            CornerArg::TopRight => Corner::TopRight,
            CornerArg::BottomLeft => Corner::BottomLeft,
            CornerArg::BottomRight => Corner::BottomRight,
        }),
        size: size.map(|size| match size {
            SizeArg::Small => FaceSize::Small,
            SizeArg::Medium => FaceSize::Medium,
            SizeArg::Large => FaceSize::Large,
        }),
    };
    steer(app, to, &Command::Face(change))
}

/// `aside draw`.
pub(super) fn draw(app: &App, args: &Draw) -> Result<Exit, Failure> {
    let style = (args.tool, args.colour, args.keep, args.fade);
    if args.what.is_none() && style == (None, None, false, false) {
        let message = "expected on, off, undo or clear, or --tool, --colour, --keep or --fade";
        return Err(usage(message.to_owned()).into());
    }
    let change = DrawChange {
        on: match args.what {
            Some(DrawArg::On) => Some(true),
            Some(DrawArg::Off) => Some(false),
            _ => None,
        },
        tool: args.tool.map(|tool| match tool {
            ToolArg::Pen => Tool::Pen,
            ToolArg::Arrow => Tool::Arrow,
            ToolArg::Box => Tool::Box,
            ToolArg::Highlight => Tool::Highlight,
        }),
        ink: args.colour.map(|colour| match colour {
            InkArg::Red => Ink::Red,
            InkArg::Orange => Ink::Orange,
            InkArg::Yellow => Ink::Yellow,
            InkArg::Green => Ink::Green,
            InkArg::Blue => Ink::Blue,
            InkArg::Black => Ink::Black,
            InkArg::White => Ink::White,
        }),
        keep: match (args.keep, args.fade) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        },
        back: match args.what {
            Some(DrawArg::Undo) => Some(TakenBack::Undo),
            Some(DrawArg::Clear) => Some(TakenBack::Clear),
            _ => None,
        },
        ..DrawChange::default()
    };
    steer(app, &args.steer, &Command::Draw(change))
}

/// Sends a command to the recorder that is running.
pub(super) fn steer(app: &App, to: &Steer, command: &Command) -> Result<Exit, Failure> {
    let running = running(&app.env.run_dir()?)?;
    let meant = choose(&running, to.take.as_deref())?;
    let line = wish::line(command).unwrap_or_default();
    let answer = socket::ask(&meant.path, &line).map_err(|e| {
        Failure::new(
            Exit::Refused,
            format!("the recorder does not answer ({e}); nothing was changed"),
        )
    })?;
    if answer["event"] == "accepted" {
        return Ok(Exit::Ok);
    }
    let message = answer["message"].as_str().unwrap_or("it was refused");
    Err(Failure::new(Exit::Refused, message))
}

pub(super) fn status(app: &App, json: bool) -> Result<Exit, Failure> {
    let running = running(&app.env.run_dir()?)?;
    if json {
        let rows: Vec<Value> = running
            .iter()
            .map(|r| json!({ "id": r.id, "title": r.title, "state": r.state, "muted": r.muted, "pid": r.pid, "socket": r.path }))
            .collect();
        out(&Value::Array(rows).to_string());
    } else if running.is_empty() {
        out("Nothing is being recorded.");
    } else {
        running.iter().for_each(|r| out(&r.line()));
    }
    Ok(Exit::Ok)
}

/// A recorder that is running.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Running {
    path: PathBuf,
    pid: String,
    /// `None` while it has no take yet.
    id: Option<String>,
    title: String,
    state: String,
    muted: bool,
}

impl Running {
    /// How it is told from others.
    fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.pid)
    }

    fn line(&self) -> String {
        let title = match self.title.as_str() {
            "" => String::new(),
            title => format!("  “{title}”"),
        };
        let muted = if self.muted { ", muted" } else { "" };
        format!("{}  {}{muted}{title}", self.name(), self.state)
    }
}

/// All recorders that answer. Sockets of dead ones are cleared away.
fn running(folder: &Path) -> Result<Vec<Running>, Failure> {
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => {
            let message = format!("{} cannot be read ({e})", folder.display());
            return Err(Failure::new(Exit::Failed, message));
        }
    };
    let sockets = files
        .filter_map(|file| file.ok().map(|f| f.path()))
        .filter(|path| path.extension().is_some_and(|e| e == SUFFIX));
    Ok(sockets.filter_map(look).collect())
}

fn look(path: PathBuf) -> Option<Running> {
    let line = wish::line(&Command::Status).unwrap_or_default();
    match socket::ask(&path, &line) {
        Ok(answer) => {
            let text = |name: &str| answer[name].as_str().map(str::to_owned);
            Some(Running {
                pid: path.file_stem()?.to_str()?.to_owned(),
                id: text("id"),
                title: text("title").unwrap_or_default(),
                state: text("state").unwrap_or_else(|| "busy".to_owned()),
                muted: answer["muted"] == true,
                path,
            })
        }
        Err(error) => {
            // Only a dead process leaves a socket that nobody listens to.
            if error.kind() == io::ErrorKind::ConnectionRefused {
                let _ = fs::remove_file(&path);
            }
            None
        }
    }
}

/// The recorder that is meant.
fn choose<'a>(running: &'a [Running], wanted: Option<&str>) -> Result<&'a Running, Failure> {
    let refused = |message: String| Failure::new(Exit::Refused, message);
    let list = || -> String {
        let lines = running.iter().map(|r| format!("\n  {}", r.line()));
        lines.collect()
    };
    let matching: Vec<&Running> = running
        .iter()
        .filter(|r| wanted.is_none_or(|wanted| r.name().ends_with(&wanted.to_ascii_lowercase())))
        .collect();
    match (&matching[..], wanted) {
        ([one], _) => Ok(*one),
        ([], Some(wanted)) if !running.is_empty() => Err(refused(format!(
            "no recording that is running ends in {wanted}; these are:{}",
            list()
        ))),
        ([], _) => Err(refused(
            "nothing is being recorded on this computer; `aside record` begins".to_owned(),
        )),
        (_, _) => Err(refused(format!(
            "several recordings are running; say which one is meant with --take ID:{}",
            list()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(id: &str) -> Running {
        Running {
            path: PathBuf::new(),
            pid: "7".to_owned(),
            id: Some(id.to_owned()),
            title: "Demo".to_owned(),
            state: "recording".to_owned(),
            muted: false,
        }
    }

    #[test]
    fn where_two_takes_are_running_the_ids_of_both_are_told() {
        let both = [running("0191-aa"), running("0191-bb")];
        let message = choose(&both, None).unwrap_err().message();
        assert!(
            message.contains("0191-aa")
                && message.contains("0191-bb")
                && message.contains("--take"),
            "{message}"
        );
        assert_eq!(choose(&both, Some("BB")).unwrap(), &both[1]);
        let message = choose(&both, Some("cc")).unwrap_err().message();
        assert!(message.contains("0191-aa"), "{message}");
        assert_eq!(choose(&both[..1], None).unwrap(), &both[0]);
        let message = choose(&[], None).unwrap_err().message();
        assert!(message.contains("aside record"), "{message}");
    }
}
