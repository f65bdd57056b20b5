//! Strokes, in the order in which they were drawn, and when they fade.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a stroke that is not kept is seen when it is whole, and how long it fades then.
const SEEN: Duration = Duration::from_secs(5);
const FADES: Duration = Duration::from_millis(500);
/// How often one that fades is drawn anew.
const INTERVAL: Duration = Duration::from_millis(33);
/// Strokes at once; the oldest makes room.
const MAX_STROKES: usize = 256;
/// Places of a stroke; a longer one becomes two.
const MAX_PLACES: usize = 2048;

/// A place in the picture: 0 is its left or upper edge, 65535 its right or lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    pub x: u16,
    pub y: u16,
}

impl Spot {
    /// Of fractions of the picture; what lies outside is moved to its edge.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range"
    )]
    pub fn of(x: f32, y: f32) -> Self {
        let whole = |n: f32| (n.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16;
        Self {
            x: whole(x),
            y: whole(y),
        }
    }

    /// As fractions of the picture.
    pub fn fractions(self) -> (f32, f32) {
        let part = |n: u16| f32::from(n) / f32::from(u16::MAX);
        (part(self.x), part(self.y))
    }
}

/// What is drawn with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    #[default]
    Pen,
    /// From the first place to the last one.
    Arrow,
    /// Between the first place and the last one.
    Box,
    /// Broad, and what is under it is seen.
    Highlight,
}

/// The colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ink {
    #[default]
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Black,
    White,
}

impl Ink {
    /// Blue, green, red.
    pub const fn bgr(self) -> [u8; 3] {
        match self {
            Self::Red => [0x2b, 0x2b, 0xe5],
            Self::Orange => [0x00, 0x8c, 0xff],
            Self::Yellow => [0x00, 0xdd, 0xff],
            Self::Green => [0x4a, 0xb0, 0x1f],
            Self::Blue => [0xe8, 0x6f, 0x1c],
            Self::Black => [0x10, 0x10, 0x10],
            Self::White => [0xff, 0xff, 0xff],
        }
    }
}

/// How a stroke looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    pub tool: Tool,
    pub ink: Ink,
    /// It stays until it is taken back; else it fades after five seconds.
    pub keep: bool,
}

/// One stroke; at least one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stroke {
    /// Rises from stroke to stroke.
    pub(super) id: u64,
    pub(super) style: Style,
    pub(super) places: Vec<Spot>,
    /// When it was whole.
    ended: Option<Duration>,
}

impl Stroke {
    /// How much of it is seen: 1 all, 0 nothing any more.
    pub(super) fn opacity(&self, now: Duration) -> f32 {
        match self.ended {
            Some(ended) if !self.style.keep => {
                let fading = now.saturating_sub(ended).saturating_sub(SEEN);
                1.0 - (fading.as_secs_f32() / FADES.as_secs_f32()).min(1.0)
            }
            _ => 1.0,
        }
    }

    /// When it next looks otherwise by itself.
    fn changes_at(&self, now: Duration) -> Option<Duration> {
        let fades = self.ended.filter(|_| !self.style.keep)? + SEEN;
        match now < fades {
            true => Some(fades),
            false => Some((now + INTERVAL).min(fades + FADES).max(now)),
        }
    }
}

/// All that is seen at the moment.
#[derive(Debug, Default)]
pub struct Strokes {
    all: Vec<Stroke>,
    next_id: u64,
}

impl Strokes {
    /// A stroke begins here; one that was under way ends.
    pub fn begin(&mut self, style: Style, at: Spot, now: Duration) {
        self.end(now);
        if self.all.len() == MAX_STROKES {
            self.all.remove(0);
        }
        self.all.push(Stroke {
            id: self.next_id,
            style,
            places: vec![at],
            ended: None,
        });
        self.next_id += 1;
    }

    /// The stroke that is under way goes on to here; without one nothing happens.
    pub fn go(&mut self, to: Spot, now: Duration) {
        let Some(stroke) = self.under_way() else {
            return;
        };
        let style = stroke.style;
        match style.tool {
            Tool::Arrow | Tool::Box => {
                stroke.places.truncate(1);
                stroke.places.push(to);
            }
            Tool::Pen | Tool::Highlight if stroke.places.last() == Some(&to) => {}
            Tool::Pen | Tool::Highlight => {
                stroke.places.push(to);
                if stroke.places.len() == MAX_PLACES {
                    self.begin(style, to, now);
                }
            }
        }
    }

    /// The stroke that is under way is whole.
    pub fn end(&mut self, now: Duration) {
        if let Some(stroke) = self.under_way() {
            stroke.ended = Some(now);
        }
    }

    /// The last stroke goes.
    pub fn undo(&mut self) {
        self.all.pop();
    }

    pub fn clear(&mut self) {
        self.all.clear();
    }

    /// Strokes that have faded go.
    pub fn forget(&mut self, now: Duration) {
        self.all.retain(|stroke| stroke.opacity(now) > 0.0);
    }

    /// When they next look otherwise by themselves, if nothing is drawn.
    pub fn changes_at(&self, now: Duration) -> Option<Duration> {
        self.all.iter().filter_map(|s| s.changes_at(now)).min()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn all(&self) -> &[Stroke] {
        &self.all
    }

    fn under_way(&mut self) -> Option<&mut Stroke> {
        self.all.last_mut().filter(|s| s.ended.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEN: Style = Style {
        tool: Tool::Pen,
        ink: Ink::Red,
        keep: false,
    };

    fn at(n: u16) -> Spot {
        Spot { x: n, y: n }
    }

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_stroke_fades_five_seconds_after_it_was_whole_and_one_that_is_kept_does_not() {
        let mut strokes = Strokes::default();
        strokes.begin(PEN, at(0), millis(0));
        strokes.go(at(1), millis(10));
        assert_eq!(strokes.changes_at(millis(90_000)), None, "it is under way");
        strokes.end(millis(1_000));
        assert_eq!(strokes.changes_at(millis(2_000)), Some(millis(6_000)));
        let opacity = |strokes: &Strokes, now| strokes.all[0].opacity(millis(now));
        assert!((opacity(&strokes, 6_000) - 1.0).abs() < 1e-6);
        assert!((opacity(&strokes, 6_250) - 0.5).abs() < 1e-6);
        assert_eq!(strokes.changes_at(millis(6_250)), Some(millis(6_283)));
        assert_eq!(strokes.changes_at(millis(6_490)), Some(millis(6_500)));
        strokes.forget(millis(6_499));
        assert!(!strokes.is_empty());
        strokes.forget(millis(6_500));
        assert!(strokes.is_empty());
        let keep = Style { keep: true, ..PEN };
        strokes.begin(keep, at(0), millis(7_000));
        strokes.end(millis(7_000));
        strokes.forget(millis(900_000));
        assert_eq!(strokes.changes_at(millis(900_000)), None);
        assert!(!strokes.is_empty());
    }

    #[test]
    fn arrow_and_box_go_from_the_first_place_to_the_last_one_and_a_pen_through_all() {
        let mut strokes = Strokes::default();
        for (tool, places) in [(Tool::Pen, 4), (Tool::Arrow, 2), (Tool::Box, 2)] {
            strokes.begin(Style { tool, ..PEN }, at(0), millis(0));
            for n in [1, 2, 2, 3] {
                strokes.go(at(n), millis(0));
            }
            let stroke = strokes.all.last().unwrap();
            assert_eq!(stroke.places.len(), places, "{tool:?}");
            assert_eq!(stroke.places.last(), Some(&at(3)));
        }
        strokes.end(millis(0));
        strokes.go(at(9), millis(0));
        assert_eq!(strokes.all.len(), 3, "nothing is under way");
        strokes.undo();
        assert_eq!(strokes.all.last().unwrap().style.tool, Tool::Arrow);
        strokes.clear();
        strokes.undo();
        assert!(strokes.is_empty());
    }

    #[test]
    fn neither_a_long_stroke_nor_many_take_more_than_their_share_of_memory() {
        let mut strokes = Strokes::default();
        strokes.begin(PEN, at(0), millis(0));
        for n in 1..5_000 {
            strokes.go(at(n), millis(0));
        }
        let most = strokes.all.iter().map(|s| s.places.len()).max();
        assert_eq!((strokes.all.len(), most), (3, Some(MAX_PLACES)));
        assert_eq!(strokes.all[0].places.last(), strokes.all[1].places.first());
        for _ in 0..1_000 {
            strokes.begin(PEN, at(0), millis(0));
        }
        assert_eq!(strokes.all.len(), MAX_STROKES);
    }

    #[test]
    fn a_place_outside_of_the_picture_is_at_its_edge() {
        assert_eq!(Spot::of(-1.0, 2.0), Spot { x: 0, y: u16::MAX });
        assert_eq!(Spot::of(f32::NAN, 0.0), Spot { x: 0, y: 0 });
        let (x, y) = Spot::of(0.25, 0.75).fractions();
        assert!((x - 0.25).abs() < 1e-4 && (y - 0.75).abs() < 1e-4);
    }
}
