//! The events track: what happened while recording, as lines of JSON (NDJSON). Its init is one line that names the
//! format; each part is a head line and then one event a line. Events of unknown types are passed over, so that an
//! older reader reads a newer recorder.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::layout::{Corner, Face, FaceSize, LayoutMoment};
use crate::text;

/// The init of every events track of version 1.
pub const INIT: &str = "{\"format\":\"aside-events\",\"version\":1}\n";
/// Largest part of events a server takes, in bytes.
pub const MAX_EVENTS_BYTES: usize = 256 * 1024;
/// Most events of one part.
pub const MAX_EVENTS: usize = 4_096;
/// Longest part of events, in milliseconds: a quiet take still shows how far its events are known.
pub const MAX_EVENTS_PART_MS: u64 = 24 * 60 * 60 * 1000;

/// The first line of a part: what it covers, in milliseconds of the take. The end is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub start_ms: u64,
    pub end_ms: u64,
}

/// Which button of the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Button {
    Left,
    Middle,
    Right,
}

/// What is heard in the mix of a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SoundSource {
    /// Who sits before the machine.
    Microphone,
    /// What the machine plays: others in a call, a film.
    System,
    Both,
}

impl SoundSource {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::System => "system",
            Self::Both => "both",
        }
    }
}

/// One event. `at_ms`: milliseconds on the take's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TimedEvent {
    /// The pointer was pressed. `x`, `y`: fractions of the recorded picture, 0 to 1.
    Click {
        at_ms: u64,
        x: f32,
        y: f32,
        button: Button,
    },
    /// A chapter begins. An empty title means "named later".
    Mark { at_ms: u64, title: String },
    /// From here on the face is shown like this.
    Layout {
        at_ms: u64,
        face: Face,
        corner: Corner,
        size: FaceSize,
    },
    /// Another window came to the front.
    Window { at_ms: u64, title: String },
    /// From here on this is what is heard. Told of takes with a microphone and the machine's sound.
    Heard { at_ms: u64, source: SoundSource },
    /// How the take went, told once at its end.
    Report { at_ms: u64, report: Value },
}

impl TimedEvent {
    pub const fn at_ms(&self) -> u64 {
        match self {
            Self::Click { at_ms, .. }
            | Self::Mark { at_ms, .. }
            | Self::Layout { at_ms, .. }
            | Self::Window { at_ms, .. }
            | Self::Heard { at_ms, .. }
            | Self::Report { at_ms, .. } => *at_ms,
        }
    }

    pub const fn layout(moment: LayoutMoment) -> Self {
        let LayoutMoment {
            at_ms,
            face,
            corner,
            size,
        } = moment;
        Self::Layout {
            at_ms,
            face,
            corner,
            size,
        }
    }
}

/// A part as read.
#[derive(Debug, Clone, PartialEq)]
pub struct EventsPart {
    pub head: Head,
    /// In the order of their lines. Titles are as [`text::clean_title`] leaves them.
    pub events: Vec<TimedEvent>,
}

/// Why bytes are no part or no init of an events track.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventsError {
    #[error("the part has more than {MAX_EVENTS_BYTES} bytes")]
    TooLarge,
    #[error("the part has more than {MAX_EVENTS} events")]
    TooMany,
    #[error("the part is not UTF-8")]
    NotText,
    #[error("the first line does not say what the part covers")]
    NoHead,
    #[error("the part covers nothing, or more than a day")]
    Span,
    #[error("line {0} is no event")]
    Line(usize),
    #[error("the event of line {0} lies outside of the part or of the picture")]
    Outside(usize),
    #[error("the init does not name a format of events that is known")]
    Init,
}

/// Whether bytes are an init of version 1.
pub fn check_init(bytes: &[u8]) -> Result<(), EventsError> {
    #[derive(Deserialize)]
    struct Init {
        format: String,
        version: u32,
    }
    match serde_json::from_slice::<Init>(bytes) {
        Ok(init) if init.format == "aside-events" && init.version == 1 => Ok(()),
        _ => Err(EventsError::Init),
    }
}

/// Writes a part. The events must lie in `head`, its end included.
pub fn write_events(head: Head, events: &[TimedEvent]) -> Result<Vec<u8>, EventsError> {
    // Numbers and texts of ours always are JSON.
    let line =
        |value: Result<String, serde_json::Error>, n| value.map_err(|_| EventsError::Line(n));
    let mut out = line(serde_json::to_string(&head), 1)?;
    out.push('\n');
    for (n, event) in events.iter().enumerate() {
        out.push_str(&line(serde_json::to_string(event), n + 2)?);
        out.push('\n');
    }
    read_events(out.as_bytes())?;
    Ok(out.into_bytes())
}

/// Reads a part a stranger sent.
pub fn read_events(bytes: &[u8]) -> Result<EventsPart, EventsError> {
    if bytes.len() > MAX_EVENTS_BYTES {
        return Err(EventsError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| EventsError::NotText)?;
    let mut lines = text.lines();
    let head = lines
        .next()
        .and_then(|line| serde_json::from_str::<Head>(line).ok())
        .ok_or(EventsError::NoHead)?;
    if head.end_ms <= head.start_ms || head.end_ms - head.start_ms > MAX_EVENTS_PART_MS {
        return Err(EventsError::Span);
    }
    let mut events = Vec::new();
    for (n, line) in lines.enumerate().map(|(n, line)| (n + 2, line)) {
        if n - 1 > MAX_EVENTS {
            return Err(EventsError::TooMany);
        }
        if let Some(event) = read_line(line, n)? {
            if !fits(&event, head) {
                return Err(EventsError::Outside(n));
            }
            events.push(event);
        }
    }
    Ok(EventsPart { head, events })
}

/// `None` for a type that is not known here.
fn read_line(line: &str, n: usize) -> Result<Option<TimedEvent>, EventsError> {
    const KNOWN: [&str; 6] = ["click", "mark", "layout", "window", "heard", "report"];
    let value: Value = serde_json::from_str(line).map_err(|_| EventsError::Line(n))?;
    let kind = value.get("type").and_then(Value::as_str);
    match kind {
        None => return Err(EventsError::Line(n)),
        Some(kind) if !KNOWN.contains(&kind) => return Ok(None),
        Some(_) => {}
    }
    let mut event: TimedEvent = serde_json::from_value(value).map_err(|_| EventsError::Line(n))?;
    if let TimedEvent::Mark { title, .. } | TimedEvent::Window { title, .. } = &mut event {
        *title = text::clean_title(title).map_err(|_| EventsError::Line(n))?;
    }
    Ok(Some(event))
}

fn fits(event: &TimedEvent, head: Head) -> bool {
    let inside = (head.start_ms..=head.end_ms).contains(&event.at_ms());
    match event {
        TimedEvent::Click { x, y, .. } => {
            inside && (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y)
        }
        _ => inside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Head = Head {
        start_ms: 1_000,
        end_ms: 2_000,
    };

    fn part(lines: &[&str]) -> Vec<u8> {
        let mut text = "{\"start_ms\":1000,\"end_ms\":2000}\n".to_owned();
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        text.into_bytes()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let events = [
            TimedEvent::Click {
                at_ms: 1_000,
                x: 0.25,
                y: 1.0,
                button: Button::Left,
            },
            TimedEvent::Mark {
                at_ms: 1_200,
                title: "Wie es geht".to_owned(),
            },
            TimedEvent::layout(LayoutMoment {
                at_ms: 2_000,
                face: Face::Full,
                ..LayoutMoment::default()
            }),
        ];
        let bytes = write_events(HEAD, &events).unwrap();
        let read = read_events(&bytes).unwrap();
        assert_eq!((read.head, &read.events[..]), (HEAD, &events[..]));
        assert_eq!(check_init(INIT.as_bytes()), Ok(()));
    }

    #[test]
    fn events_of_a_later_version_are_passed_over() {
        let bytes = part(&[
            r#"{"type":"gesture","at_ms":99}"#,
            r#"{"type":"mark","at_ms":1500,"title":" a\u0000  b ","colour":"red"}"#,
        ]);
        let events = read_events(&bytes).unwrap().events;
        let title = "a b".to_owned();
        assert_eq!(
            events,
            [TimedEvent::Mark {
                at_ms: 1_500,
                title
            }]
        );
    }

    #[test]
    fn what_is_no_part_is_refused_with_its_line() {
        let refused = |bytes: &[u8]| read_events(bytes).unwrap_err();
        assert_eq!(refused(b""), EventsError::NoHead);
        assert_eq!(refused(b"\xff"), EventsError::NotText);
        assert_eq!(refused(br#"{"start_ms":5,"end_ms":5}"#), EventsError::Span);
        assert_eq!(refused(&part(&["{}"])), EventsError::Line(2));
        let good = r#"{"type":"mark","at_ms":1500,"title":""}"#;
        assert_eq!(refused(&part(&[good, "nonsense"])), EventsError::Line(3));
        for outside in [
            r#"{"type":"mark","at_ms":999,"title":""}"#,
            r#"{"type":"mark","at_ms":2001,"title":""}"#,
            r#"{"type":"click","at_ms":1500,"x":1.5,"y":0,"button":"left"}"#,
        ] {
            assert_eq!(refused(&part(&[outside])), EventsError::Outside(2));
        }
        let long = format!(
            r#"{{"type":"mark","at_ms":1500,"title":"{}"}}"#,
            "a".repeat(text::MAX_TITLE + 1)
        );
        assert_eq!(refused(&part(&[&long])), EventsError::Line(2));
        assert_eq!(
            refused(&part(&vec![good; MAX_EVENTS + 1])),
            EventsError::TooMany
        );
        assert_eq!(
            refused(&vec![b' '; MAX_EVENTS_BYTES + 1]),
            EventsError::TooLarge
        );
        assert_eq!(check_init(b"{}"), Err(EventsError::Init));
    }
}
