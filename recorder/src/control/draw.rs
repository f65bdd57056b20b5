//! The command `draw`, and the verb. Pure, but for [`draw`].

use serde::Deserialize;
use serde_json::{Value, json};

use super::app::App;
use super::args::{Draw, DrawArg, InkArg, ToolArg, usage};
use super::exit::Exit;
use super::failure::Failure;
use super::verbs::steer;
use crate::pipeline::{Ink, Spot, Tool};
use crate::session::{Command, DrawChange, TakenBack};

/// What the line says; what is not named, or null, stays.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DrawLine {
    on: Option<bool>,
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
        Ok(DrawChange {
            on: self.on,
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
            "command": "draw", "on": change.on, "tool": change.tool, "colour": change.ink, "keep": change.keep,
            "do": back, "begin": change.begin, "points": points, "end": change.end,
        })
    }
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
