//! What is asked of drawing. Pure.

use std::time::Duration;

use crate::pipeline::{Drawing, Ink, Spot, Style, Tool};

/// What is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBack {
    /// The last stroke.
    Undo,
    /// All.
    Clear,
}

/// What is to change; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DrawChange {
    /// The pointer draws, or does what it always does.
    pub on: Option<bool>,
    /// The window that keeps its clicks while the pointer draws.
    pub left_out: Option<u32>,
    pub tool: Option<Tool>,
    pub ink: Option<Ink>,
    pub keep: Option<bool>,
    pub back: Option<TakenBack>,
    /// The first of the places begins a stroke.
    pub begin: bool,
    pub places: Vec<Spot>,
    /// The last of the places ends it.
    pub end: bool,
}

impl DrawChange {
    pub(super) fn apply(&self, drawing: &mut Drawing, now: Duration) {
        drawing.style = Style {
            tool: self.tool.unwrap_or(drawing.style.tool),
            ink: self.ink.unwrap_or(drawing.style.ink),
            keep: self.keep.unwrap_or(drawing.style.keep),
        };
        match self.back {
            Some(TakenBack::Undo) => drawing.strokes.undo(),
            Some(TakenBack::Clear) => drawing.strokes.clear(),
            None => {}
        }
        let mut places = self.places.iter();
        if let (true, Some(first)) = (self.begin, self.places.first()) {
            drawing.strokes.begin(drawing.style, *first, now);
            places.next();
        }
        places.for_each(|place| drawing.strokes.go(*place, now));
        if self.end || self.on == Some(false) {
            drawing.strokes.end(now);
        }
        drawing.on = self.on.unwrap_or(drawing.on);
        drawing.left_out = self.left_out.or(drawing.left_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_not_named_stays_and_places_come_in_as_many_lines_as_it_takes() {
        let mut drawing = Drawing::default();
        let change = DrawChange {
            on: Some(true),
            left_out: Some(7),
            tool: Some(Tool::Arrow),
            keep: Some(true),
            ..DrawChange::default()
        };
        change.apply(&mut drawing, NOW);
        DrawChange::default().apply(&mut drawing, NOW);
        let style = Style {
            tool: Tool::Arrow,
            ink: Ink::Red,
            keep: true,
        };
        assert_eq!((drawing.on, drawing.style), (true, style));
        assert_eq!(drawing.left_out, Some(7));
        let places = |begin, end| DrawChange {
            begin,
            places: vec![Spot::of(0.5, 0.5)],
            end,
            ..DrawChange::default()
        };
        places(false, false).apply(&mut drawing, NOW);
        assert!(drawing.strokes.is_empty(), "nothing was begun");
        places(true, false).apply(&mut drawing, NOW);
        places(false, true).apply(&mut drawing, NOW);
        places(true, true).apply(&mut drawing, NOW);
        let back = |back| DrawChange {
            back: Some(back),
            ..DrawChange::default()
        };
        back(TakenBack::Undo).apply(&mut drawing, NOW);
        assert!(!drawing.strokes.is_empty());
        back(TakenBack::Clear).apply(&mut drawing, NOW);
        assert!(drawing.strokes.is_empty());
    }
}
