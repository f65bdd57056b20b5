//! What the speaker draws over the screen while recording: the engine shows it and tells how it stands.

use serde::Deserialize;
use serde_json::{Value, json};

/// What a stroke of the pointer becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    #[default]
    Pen,
    Arrow,
    Box,
    Highlight,
}

impl Tool {
    pub const ALL: [Self; 4] = [Self::Pen, Self::Arrow, Self::Box, Self::Highlight];

    /// As the engine calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pen => "pen",
            Self::Arrow => "arrow",
            Self::Box => "box",
            Self::Highlight => "highlight",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pen => "Pen",
            Self::Arrow => "Arrow",
            Self::Box => "Box",
            Self::Highlight => "Highlight",
        }
    }
}

/// How it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Drawing {
    /// The pointer draws.
    pub on: bool,
    pub tool: Tool,
    /// What is drawn stays until it is taken away; else it fades after five seconds.
    #[serde(default)]
    pub keep: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    On(bool),
    Tool(Tool),
    Keep(bool),
    /// The clicks into this window (its id on the X server) stay its own while the pointer draws.
    LeaveOut(u32),
    Undo,
    Clear,
}

impl Draw {
    /// The command that asks the engine.
    pub fn command(self) -> Value {
        match self {
            Self::On(on) => json!({ "command": "draw", "on": on }),
            Self::Tool(tool) => json!({ "command": "draw", "tool": tool.word() }),
            Self::Keep(keep) => json!({ "command": "draw", "keep": keep }),
            Self::LeaveOut(window) => {
                json!({ "command": "draw", "leave_out": format!("{window:#x}") })
            }
            Self::Undo => json!({ "command": "draw", "do": "undo" }),
            Self::Clear => json!({ "command": "draw", "do": "clear" }),
        }
    }
}
