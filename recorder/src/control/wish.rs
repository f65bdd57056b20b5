//! The lines that steer a take, on standard input and on the socket: a command is one JSON object a line, and so is its
//! answer (docs/RECORDER.md). Pure.

use aside_protocol::layout::{Corner, Face, FaceSize};
use aside_protocol::text::{MAX_TITLE, clean_title};
use serde::Deserialize;
use serde_json::{Value, json};

use super::choice::ChoiceLine;
use super::draw::DrawLine;
use crate::session::{
    Answer, Command, EffectsChange, FaceChange, MAX_PER_SECOND, PreviewChange, Refusal, Standing,
};

/// Of the lines in both directions.
pub(super) const VERSION: u32 = 1;
/// Longest line that is read, in bytes.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// What can be asked for.
pub(super) const COMMANDS: [&str; 17] = [
    "start",
    "stop",
    "pause",
    "resume",
    "toggle_pause",
    "restart",
    "cancel",
    "mute",
    "unmute",
    "face",
    "mark",
    "choose",
    "preview",
    "effects",
    "draw",
    "sources",
    "status",
];

/// A line that is understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    pub(super) command: Command,
    /// The word of the line.
    name: &'static str,
    /// Comes back with the answer.
    pub(super) request: Option<Value>,
}

/// A line that is not.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BadLine {
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) request: Option<Value>,
}

#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
enum Line {
    Start,
    Stop,
    Pause,
    Resume,
    TogglePause,
    Restart,
    Cancel,
    Mute,
    Unmute,
    Face {
        face: Option<Face>,
        corner: Option<Corner>,
        size: Option<FaceSize>,
    },
    Mark {
        #[serde(default)]
        title: String,
    },
    Choose(Box<ChoiceLine>),
    Preview {
        screen: Option<bool>,
        camera: Option<bool>,
        levels: Option<bool>,
        per_second: Option<u32>,
    },
    Effects {
        clicks: Option<bool>,
        keys: Option<bool>,
    },
    Draw(DrawLine),
    /// How the take stands, and what could be recorded.
    Sources,
    Status,
}

impl Wish {
    /// Whether the answer lists what could be recorded.
    pub(super) fn wants_sources(&self) -> bool {
        self.name == SOURCES
    }
}

const SOURCES: &str = "sources";

/// Reads one line, without its end.
pub(super) fn parse(line: &[u8]) -> Result<Wish, BadLine> {
    let bad = |reason, message: String, request| BadLine {
        reason,
        message,
        request,
    };
    let value: Value = serde_json::from_slice(line)
        .map_err(|e| bad("not_json", format!("the line is no JSON ({e})"), None))?;
    let request = value.get("request").cloned();
    let name = value.get("command").and_then(Value::as_str);
    match name {
        Some(name) if COMMANDS.contains(&name) => {}
        Some(name) => {
            let message = format!(
                "there is no command {name:?}; there are {}",
                COMMANDS.join(", ")
            );
            return Err(bad("unknown_command", message, request));
        }
        None => {
            let message = "the line has no command; expected {\"command\":\"pause\"}".to_owned();
            return Err(bad("no_command", message, request));
        }
    }
    let line: Line = serde_json::from_value(value)
        .map_err(|e| bad("bad_argument", e.to_string(), request.clone()))?;
    let command = match line {
        Line::Start => Command::Start,
        Line::Stop => Command::Stop,
        Line::Pause => Command::Pause,
        Line::Resume => Command::Resume,
        Line::TogglePause => Command::TogglePause,
        Line::Restart => Command::Restart,
        Line::Cancel => Command::Cancel,
        Line::Mute => Command::Mute,
        Line::Unmute => Command::Unmute,
        Line::Face { face, corner, size } => Command::Face(FaceChange { face, corner, size }),
        Line::Mark { title } => Command::Mark {
            title: clean_title(&title).map_err(|_| {
                let message = format!("a title has at most {MAX_TITLE} characters");
                bad("bad_argument", message, request.clone())
            })?,
        },
        Line::Choose(line) => {
            let choice = line.read();
            let choice = choice.map_err(|message| bad("bad_argument", message, request.clone()))?;
            Command::Choose(Box::new(choice))
        }
        Line::Preview { per_second, .. }
            if per_second.is_some_and(|n| !(1..=MAX_PER_SECOND).contains(&n)) =>
        {
            let message = format!("per_second: expected 1 to {MAX_PER_SECOND}");
            return Err(bad("bad_argument", message, request));
        }
        Line::Preview {
            screen,
            camera,
            levels,
            per_second,
        } => Command::Preview(PreviewChange {
            screen,
            camera,
            levels,
            per_second,
        }),
        Line::Effects { clicks, keys } => Command::Effects(EffectsChange { clicks, keys }),
        Line::Draw(line) => {
            let change = line.read();
            let change = change.map_err(|message| bad("bad_argument", message, request.clone()))?;
            Command::Draw(change)
        }
        Line::Sources => {
            return Ok(Wish {
                command: Command::Status,
                name: SOURCES,
                request,
            });
        }
        Line::Status => Command::Status,
    };
    Ok(Wish {
        name: command.name(),
        command,
        request,
    })
}

/// Writes a command for [`parse`]. A command that no verb sends is `None`.
pub(super) fn line(command: &Command) -> Option<Value> {
    Some(match command {
        Command::ControlClosed | Command::Choose(_) | Command::Preview(_) => return None,
        Command::Effects(EffectsChange { clicks, keys }) => json!({
            "command": "effects", "clicks": clicks, "keys": keys,
        }),
        Command::Draw(change) => DrawLine::of(change),
        Command::Mark { title } => json!({ "command": "mark", "title": title }),
        Command::Face(FaceChange { face, corner, size }) => json!({
            "command": "face", "face": face, "corner": corner, "size": size,
        }),
        other => json!({ "command": other.name() }),
    })
}

/// The line that answers a command.
pub(super) fn answer(wish: &Wish, answer: &Answer) -> Value {
    let mut line = match answer {
        Ok(Standing {
            id,
            title,
            state,
            muted,
        }) => json!({
            "event": "accepted", "id": id, "title": title, "state": state, "muted": muted,
        }),
        Err(why) => refused(why, &why.to_string()),
    };
    line["command"] = wish.name.into();
    with_request(line, wish.request.as_ref())
}

/// The line that answers what is no command.
pub(super) fn bad_line(bad: &BadLine) -> Value {
    let line = refused(&bad.reason, &bad.message);
    with_request(line, bad.request.as_ref())
}

/// The line that answers a command that nobody takes in.
pub(super) fn not_taken(wish: &Wish, reason: &'static str, message: &str) -> Value {
    let mut line = refused(&reason, message);
    line["command"] = wish.name.into();
    with_request(line, wish.request.as_ref())
}

fn refused(reason: &impl serde::Serialize, message: &str) -> Value {
    json!({ "event": "refused", "reason": reason, "message": message })
}

fn with_request(mut line: Value, request: Option<&Value>) -> Value {
    if let Some(request) = request {
        line["request"] = request.clone();
    }
    line
}

/// Why nobody answers any more.
pub(super) const fn over() -> Refusal {
    Refusal::AlreadyStopped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Command {
        parse(line.as_bytes()).unwrap().command
    }

    #[test]
    fn every_command_is_read_as_it_is_written() {
        for name in COMMANDS {
            let line_in = json!({ "command": name });
            let read = command(&line_in.to_string());
            let wish = parse(line_in.to_string().as_bytes()).unwrap();
            assert_eq!(answer(&wish, &Err(over()))["command"], name);
            if let Some(again) = line(&read) {
                assert_eq!(command(&again.to_string()), read, "{again}");
            }
        }
        let preview = command(r#"{"command":"preview","screen":true,"per_second":5}"#);
        let change = PreviewChange {
            screen: Some(true),
            per_second: Some(5),
            ..PreviewChange::default()
        };
        assert_eq!(preview, Command::Preview(change));
        let face = command(r#"{"command":"face","face":"full","corner":"top_left"}"#);
        let change = FaceChange {
            face: Some(Face::Full),
            corner: Some(Corner::TopLeft),
            size: None,
        };
        assert_eq!(face, Command::Face(change));
        assert_eq!(command(&line(&face).unwrap().to_string()), face);
        assert_eq!(line(&Command::ControlClosed), None);
        for text in [
            r#"{"command":"draw","on":true,"tool":"highlight","colour":"yellow","keep":true}"#,
            r#"{"command":"draw","begin":true,"points":[[0,1],[0.5,0.25]],"end":true}"#,
            r#"{"command":"draw","do":"undo"}"#,
            r#"{"command":"draw","leave_out":"0x1a00007"}"#,
        ] {
            let drawn = command(text);
            assert_ne!(drawn, command(r#"{"command":"draw"}"#));
            assert_eq!(command(&line(&drawn).unwrap().to_string()), drawn, "{text}");
        }
    }

    #[test]
    fn garbage_is_refused_with_its_reason_and_the_number_of_its_request() {
        for (text, reason) in [
            ("", "not_json"),
            ("pause", "not_json"),
            ("{\"command\":", "not_json"),
            ("[]", "no_command"),
            ("{\"command\":5}", "no_command"),
            ("{\"command\":\"explode\"}", "unknown_command"),
            ("{\"command\":\"control_closed\"}", "unknown_command"),
            (
                "{\"command\":\"face\",\"face\":\"sideways\"}",
                "bad_argument",
            ),
            ("{\"command\":\"mark\",\"title\":7}", "bad_argument"),
            (
                "{\"command\":\"preview\",\"per_second\":11}",
                "bad_argument",
            ),
            ("{\"command\":\"choose\",\"fps\":0}", "bad_argument"),
            ("{\"command\":\"draw\",\"tool\":\"brush\"}", "bad_argument"),
            (
                "{\"command\":\"draw\",\"leave_out\":\"active\"}",
                "bad_argument",
            ),
            (
                "{\"command\":\"draw\",\"points\":[[0.5,1.5]]}",
                "bad_argument",
            ),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().reason, reason, "{text}");
        }
        assert_eq!(parse(b"\xff\xfe").unwrap_err().reason, "not_json");
        let long = format!(
            r#"{{"command":"mark","title":"{}","request":7}}"#,
            "a".repeat(MAX_TITLE + 1)
        );
        let bad = parse(long.as_bytes()).unwrap_err();
        assert_eq!(
            (bad.reason, bad_line(&bad)["request"].as_u64()),
            ("bad_argument", Some(7))
        );
    }
}
