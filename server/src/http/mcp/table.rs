//! The tools, as a client lists them.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

fn object(schema: Value) -> Arc<JsonObject> {
    match schema {
        Value::Object(schema) => Arc::new(schema),
        _ => Arc::default(),
    }
}

fn tool(
    name: &'static str,
    (title, description): (&'static str, &'static str),
    reads: bool,
    properties: &Value,
    required: &[&str],
) -> Tool {
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    // What is written stays, but nothing is changed or removed by it.
    let hints = ToolAnnotations::from_raw(
        Some(title.to_owned()),
        Some(reads),
        Some(false),
        Some(reads),
        Some(false),
    );
    let mut tool = Tool::new(name, description, object(schema));
    tool.title = Some(title.to_owned());
    tool.annotations = Some(hints);
    tool
}

/// All of them.
pub(super) fn tools() -> Vec<Tool> {
    let recording = json!({ "type": "string", "description": "A watch link of this server, or the 22 letters and digits at its end" });
    let moment = |what: &str| json!({ "type": "integer", "minimum": 0, "description": format!("{what}, in milliseconds from the first picture") });
    vec![
        tool(
            "search_recordings",
            (
                "Search recordings",
                "Finds lines of titles, chapters, tags, names, comments, speech and text on the screen in the recordings that the person you work for may see, the best first, with their moments.",
            ),
            true,
            &json!({
                "query": { "type": "string", "description": "Words, all of which must be there; \"words in quotes\" in this order; from:NAME, tag:TAG, in:speech (or title, chapters, comments) filter" },
                "limit": { "type": "integer", "minimum": 1, "maximum": 50, "description": "10 when it is not said" },
            }),
            &["query"],
        ),
        tool(
            "list_recordings",
            ("List recordings", "Lists recordings, the newest first."),
            true,
            &json!({
                "section": { "type": "string", "enum": ["mine", "shared", "everyone"], "description": "`mine` when it is not said" },
                "cursor": { "type": "string", "description": "`next_cursor` of the page before" },
                "limit": { "type": "integer", "minimum": 1, "maximum": 100, "description": "24 when it is not said" },
            }),
            &[],
        ),
        tool(
            "get_recording",
            (
                "Look at a recording",
                "Title, owner, length, state, tracks and chapters of a recording, and how far its transcript is.",
            ),
            true,
            &json!({ "recording": recording }),
            &["recording"],
        ),
        tool(
            "read_transcript",
            (
                "Read what was said",
                "The sentences that were spoken, each with its begin and end. With `from_ms` and `to_ms` only those of that stretch; \
                 `next_from_ms` says where a long one goes on.",
            ),
            true,
            &json!({ "recording": recording, "from_ms": moment("Begin"), "to_ms": moment("End") }),
            &["recording"],
        ),
        tool(
            "read_comments",
            (
                "Read comments",
                "The comments on a recording with their moments, replies too, whether their threads are resolved, and whether something is \
                 drawn on the picture (`read_drawing`).",
            ),
            true,
            &json!({ "recording": recording }),
            &["recording"],
        ),
        tool(
            "read_drawing",
            (
                "Read a drawing",
                "The shapes that a comment drew on the picture at its moment.",
            ),
            true,
            &json!({
                "recording": recording,
                "comment": { "type": "string", "format": "uuid", "description": "`comment` of `read_comments`, where `drawn` is true" },
            }),
            &["recording", "comment"],
        ),
        tool(
            "list_key_frames",
            (
                "List key frames",
                "The moments at which something else is shown: where to look with `get_frame` when nothing was said. Empty where they were not looked for yet.",
            ),
            true,
            &json!({ "recording": recording }),
            &["recording"],
        ),
        tool(
            "get_frame",
            (
                "Look at a frame",
                "The picture that is shown at a moment, as an image.",
            ),
            true,
            &json!({
                "recording": recording,
                "at_ms": moment("Which"),
                "format": { "type": "string", "enum": ["png", "jpeg"], "description": "`png` when it is not said" },
                "max_width": { "type": "integer", "minimum": 16, "maximum": 3840, "description": "Pixels; 1280 when it is not said" },
            }),
            &["recording", "at_ms"],
        ),
        tool(
            "comment",
            (
                "Comment",
                "Writes a comment at a moment, or answers one. People see it as written by the agent of the person you work for. Only people \
                 resolve threads.",
            ),
            false,
            &json!({
                "recording": recording,
                "text": { "type": "string", "description": "Markdown, at most 10,000 characters" },
                "at_ms": moment("Where it stands; the beginning when it is not said"),
                "end_ms": moment("End of the stretch it is about"),
                "reply_to": { "type": "string", "format": "uuid", "description": "`comment` of the thread that it answers; it stands where that does" },
            }),
            &["recording", "text"],
        ),
    ]
}
