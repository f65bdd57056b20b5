//! Strokes in pixels: of the recorded part of a desktop, which is drawn into the picture or shown to the speaker.

use std::time::Duration;

use super::mask::Mask;
use super::strokes::{Ink, Spot, Stroke, Strokes, Style, Tool};
use crate::compose::effects::blend;
use crate::compose::{Rect, Size};

/// Half of how wide a line is, in pixels of 1080 rows.
const LINE: f32 = 2.5;
const HIGHLIGHT: f32 = 12.0;
/// Length of an arrow's head.
const HEAD: f32 = 22.0;
/// How much of a highlight is seen: the rest is what is under it.
const HIGHLIGHT_SEEN: f32 = 0.4;

type Point = (f32, f32);

/// Where the picture lies in the part of the desktop that is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Of the part.
    pub size: Size,
    /// What of the picture shows it.
    pub inside: Rect,
    pub picture: Size,
}

impl Frame {
    /// In pixels of the part.
    fn place(&self, spot: Spot) -> Point {
        let (x, y) = spot.fractions();
        let along = |part: f32, whole: u32, begin: u32, length: u32, side: u32| {
            (part * whole as f32 - begin as f32) / length.max(1) as f32 * side as f32
        };
        let (size, inside, picture) = (self.size, self.inside, self.picture);
        (
            along(x, picture.width, inside.x, inside.width, size.width),
            along(y, picture.height, inside.y, inside.height, size.height),
        )
    }
}

/// A stroke as it stands on the sheet.
#[derive(Debug)]
struct Drawn {
    id: u64,
    style: Style,
    /// How many of its places are on the sheet, and the last of them.
    places: usize,
    last: Spot,
    opacity: f32,
    mask: Mask,
}

/// What was drawn, as it looks.
#[derive(Debug, Default)]
pub struct Sheet {
    frame: Option<Frame>,
    drawn: Vec<Drawn>,
}

impl Sheet {
    /// Brings the sheet up to date; answers the areas that look otherwise than before.
    pub fn update(&mut self, strokes: &Strokes, frame: Frame, now: Duration) -> Vec<Rect> {
        let mut changed = Vec::new();
        if self.frame != Some(frame) {
            // What was on it lay elsewhere.
            changed.extend(self.rects());
            self.drawn.clear();
            self.frame = Some(frame);
        }
        self.drawn.retain(|drawn| {
            let stays = strokes.all().iter().any(|stroke| stroke.id == drawn.id);
            if !stays {
                changed.extend(drawn.mask.rects());
            }
            stays
        });
        for stroke in strokes.all() {
            let opacity = stroke.opacity(now);
            let at = self.drawn.iter().position(|drawn| drawn.id == stroke.id);
            let drawn = match at.and_then(|at| self.drawn.get_mut(at)) {
                Some(drawn) => drawn,
                None => {
                    self.drawn.push(Drawn::of(stroke, opacity));
                    let Some(drawn) = self.drawn.last_mut() else {
                        continue;
                    };
                    drawn
                }
            };
            drawn.go_on(stroke, frame, &mut changed);
            if (drawn.opacity - opacity).abs() > f32::EPSILON {
                drawn.opacity = opacity;
                changed.extend(drawn.mask.rects());
            }
        }
        let whole = frame.size.rect();
        changed.retain_mut(|rect| match rect.intersection(whole) {
            Some(inside) => {
                *rect = inside;
                true
            }
            None => false,
        });
        changed
    }

    /// Where anything is drawn.
    fn rects(&self) -> impl Iterator<Item = Rect> {
        self.drawn.iter().flat_map(|drawn| drawn.mask.rects())
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.drawn.is_empty()
    }

    /// The colours on it, each once.
    pub fn inks(&self) -> Vec<Ink> {
        let mut inks: Vec<Ink> = self.drawn.iter().map(|drawn| drawn.style.ink).collect();
        inks.sort_unstable();
        inks.dedup();
        inks
    }

    /// Draws onto `area`, of which `bgrx` holds whole rows.
    pub fn draw(&self, area: Rect, bgrx: &mut [u8]) {
        for drawn in &self.drawn {
            let seen = drawn.seen();
            for part in drawn.mask.within(area) {
                for (x, y) in pixels(part) {
                    let covered = f32::from(drawn.mask.at(x, y)) / 255.0 * seen;
                    if covered > 0.0 {
                        blend(bgrx, area, (x, y), drawn.style.ink.bgr(), covered);
                    }
                }
            }
        }
    }

    /// The pixels of `area` that one colour has where nothing can be seen through: rows of pixels. What is to be seen through, or
    /// fades, has some of its pixels only.
    pub fn runs(&self, ink: Ink, area: Rect) -> Vec<Rect> {
        let of_ink: Vec<&Drawn> = self.drawn.iter().filter(|d| d.style.ink == ink).collect();
        let mut runs: Vec<Rect> = Vec::new();
        for (x, y) in pixels(area) {
            if !of_ink.iter().any(|drawn| drawn.is_set(x, y)) {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.y == y && run.right() == x => run.width += 1,
                _ => runs.push(Rect {
                    x,
                    y,
                    width: 1,
                    height: 1,
                }),
            }
        }
        runs
    }
}

impl Drawn {
    fn of(stroke: &Stroke, opacity: f32) -> Self {
        Self {
            id: stroke.id,
            style: stroke.style,
            places: 0,
            last: Spot { x: 0, y: 0 },
            opacity,
            mask: Mask::default(),
        }
    }

    /// Draws what came since the last time.
    fn go_on(&mut self, stroke: &Stroke, frame: Frame, changed: &mut Vec<Rect>) {
        let (Some(first), Some(last)) = (stroke.places.first(), stroke.places.last()) else {
            return;
        };
        if (self.places, self.last) == (stroke.places.len(), *last) {
            return;
        }
        let scale = (frame.size.height as f32 / 1080.0).clamp(0.5, 3.0);
        let reach = scale
            * match self.style.tool {
                Tool::Highlight => HIGHLIGHT,
                Tool::Pen | Tool::Arrow | Tool::Box => LINE,
            };
        let (from, to) = (frame.place(*first), frame.place(*last));
        let mut line = |mask: &mut Mask, from, to| mask.line(from, to, reach, frame.size, changed);
        match self.style.tool {
            Tool::Pen | Tool::Highlight => {
                let known = self.places.saturating_sub(1);
                let new: Vec<Point> = stroke.places[known..]
                    .iter()
                    .map(|spot| frame.place(*spot))
                    .collect();
                match new.as_slice() {
                    [only] => line(&mut self.mask, *only, *only),
                    new => new
                        .windows(2)
                        .for_each(|pair| line(&mut self.mask, pair[0], pair[1])),
                }
            }
            // Another shape than before.
            Tool::Arrow | Tool::Box => {
                let mut mask = Mask::default();
                let lines = match self.style.tool {
                    Tool::Arrow => arrow(from, to, HEAD * scale),
                    _ => sides(from, to),
                };
                for (from, to) in lines {
                    line(&mut mask, from, to);
                }
                let before = std::mem::replace(&mut self.mask, mask);
                changed.extend(before.rects());
            }
        }
        (self.places, self.last) = (stroke.places.len(), *last);
    }

    fn seen(&self) -> f32 {
        match self.style.tool {
            Tool::Highlight => self.opacity * HIGHLIGHT_SEEN,
            Tool::Pen | Tool::Arrow | Tool::Box => self.opacity,
        }
    }

    /// Whether a pixel is one of those that are shown: as many of each sixteen as the stroke is seen (an ordered dither).
    fn is_set(&self, x: u32, y: u32) -> bool {
        const ORDER: [[f32; 4]; 4] = [
            [0.5, 8.5, 2.5, 10.5],
            [12.5, 4.5, 14.5, 6.5],
            [3.5, 11.5, 1.5, 9.5],
            [15.5, 7.5, 13.5, 5.5],
        ];
        let order = ORDER[(y % 4) as usize][(x % 4) as usize] / 16.0;
        self.mask.at(x, y) >= 128 && self.seen() > order
    }
}

fn pixels(area: Rect) -> impl Iterator<Item = (u32, u32)> {
    (area.y..area.bottom()).flat_map(move |y| (area.x..area.right()).map(move |x| (x, y)))
}

/// The lines of an arrow.
fn arrow(from: Point, to: Point, head: f32) -> Vec<(Point, Point)> {
    let (dx, dy) = (from.0 - to.0, from.1 - to.1);
    let length = dx.hypot(dy);
    if length < 1.0 {
        return vec![(from, to)];
    }
    let head = head.min(length);
    // 30 degrees to either side.
    let (sin, cos) = (0.5, 0.866);
    let barb = |sin: f32| {
        let (x, y) = (dx * cos - dy * sin, dx * sin + dy * cos);
        (to.0 + x / length * head, to.1 + y / length * head)
    };
    vec![(from, to), (to, barb(sin)), (to, barb(-sin))]
}

/// The lines of a box.
fn sides(from: Point, to: Point) -> Vec<(Point, Point)> {
    let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
    corners.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

#[cfg(test)]
mod tests;
