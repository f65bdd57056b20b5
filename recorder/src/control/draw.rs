//! The command `draw` as a line. Pure.

use serde::Deserialize;
use serde_json::{Value, json};

use super::args::parse_window;
use crate::pipeline::{Ink, Spot, Tool, WindowChoice};
use crate::session::{DrawChange, TakenBack};

/// What the line says; what is not named, or null, stays.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DrawLine {
    on: Option<bool>,
    /// The id of a window, as `aside sources` writes it.
    leave_out: Option<String>,
    tool: Option<Tool>,
    colour: Option<Ink>,
    keep: Option<bool>,
    #[serde(rename = "do")]
    back: Option<Back>,
    #[serde(default)]
    begin: bool,
    /// Fractions of the picture.
    #[serde(default)]
    points: Vec<(f32, f32)>,
    #[serde(default)]
    end: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Back {
    Undo,
    Clear,
}

impl DrawLine {
    pub(super) fn read(self) -> Result<DrawChange, String> {
        let inside = |n: f32| (0.0..=1.0).contains(&n);
        if self.points.iter().any(|(x, y)| !inside(*x) || !inside(*y)) {
            return Err("points: expected fractions of the picture, 0 to 1".to_owned());
        }
        let left_out = match self.leave_out.as_deref().map(parse_window) {
            None => None,
            Some(Ok(WindowChoice::Id(id))) => Some(id),
            Some(_) => {
                return Err("leave_out: expected the id of a window, such as 0x1a00007".to_owned());
            }
        };
        Ok(DrawChange {
            on: self.on,
            left_out,
            tool: self.tool,
            ink: self.colour,
            keep: self.keep,
            back: self.back.map(|back| match back {
                Back::Undo => TakenBack::Undo,
                Back::Clear => TakenBack::Clear,
            }),
            begin: self.begin,
            places: self.points.iter().map(|(x, y)| Spot::of(*x, *y)).collect(),
            end: self.end,
        })
    }

    /// The line of a change.
    pub(super) fn of(change: &DrawChange) -> Value {
        let back = change.back.map(|back| match back {
            TakenBack::Undo => "undo",
            TakenBack::Clear => "clear",
        });
        let points: Vec<(f32, f32)> = change.places.iter().map(|p| p.fractions()).collect();
        json!({
            "command": "draw", "on": change.on, "leave_out": change.left_out.map(|id| format!("{id:#x}")), "tool": change.tool, "colour": change.ink, "keep": change.keep,
            "do": back, "begin": change.begin, "points": points, "end": change.end,
        })
    }
}
