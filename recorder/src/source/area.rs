//! Which part of an X11 desktop is recorded, and where it lies in the picture. Pure.

use std::sync::{Mutex, PoisonError};

use super::{Rect, Size};

/// The recorded part in pixels of the root window, and its place in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedArea {
    pub x: i32,
    pub y: i32,
    pub size: Size,
    /// In pixels of the picture; smaller than it where there is black beside.
    pub inside: Rect,
    pub picture: Size,
    /// The pointer is over it: clicks go into it. Over a recorded window others may lie.
    pub pointed_at: bool,
}

impl RecordedArea {
    /// A point of the root window as fractions of the picture, 0 to 1; `None` outside of what is recorded.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction needs no more digits"
    )]
    pub fn place(&self, x: i32, y: i32) -> Option<(f32, f32)> {
        let along = |at: i32, from: i32, side: u32, begin: u32, length: u32, whole: u32| {
            let offset = i64::from(at) - i64::from(from);
            let inside = (0..i64::from(side)).contains(&offset);
            // Of the middle of the pixel.
            let part = (offset as f64 + 0.5) / f64::from(side.max(1));
            inside.then(|| {
                let place = f64::from(begin) + part * f64::from(length);
                (place / f64::from(whole.max(1))) as f32
            })
        };
        let (size, inside, picture) = (self.size, self.inside, self.picture);
        Some((
            along(x, self.x, size.width, inside.x, inside.width, picture.width)?,
            along(
                y,
                self.y,
                size.height,
                inside.y,
                inside.height,
                picture.height,
            )?,
        ))
    }
}

/// What a screen's thread says about it to whoever wants to know.
#[derive(Debug, Default)]
pub struct AreaSlot(Mutex<Option<RecordedArea>>);

impl AreaSlot {
    pub fn set(&self, area: Option<RecordedArea>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = area;
    }

    pub fn get(&self) -> Option<RecordedArea> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_lies_where_it_is_seen_in_the_picture_and_nowhere_outside_of_it() {
        let area = RecordedArea {
            x: 100,
            y: -50,
            size: Size::even(200, 100),
            // Scaled to half, with black above and below.
            inside: Rect {
                x: 0,
                y: 25,
                width: 100,
                height: 50,
            },
            picture: Size::even(100, 100),
            pointed_at: true,
        };
        let near = |found: Option<(f32, f32)>, x: f32, y: f32| {
            let (fx, fy) = found.unwrap();
            (fx - x).abs() < 0.01 && (fy - y).abs() < 0.01
        };
        assert!(near(area.place(100, -50), 0.0, 0.25));
        assert!(near(area.place(200, 0), 0.5, 0.5));
        assert!(near(area.place(299, 49), 1.0, 0.75));
        for outside in [(99, 0), (300, 0), (200, -51), (200, 50)] {
            assert_eq!(area.place(outside.0, outside.1), None, "{outside:?}");
        }
    }
}
