//! Where the face lies over the picture, and when: a short list of moments. Pure.

use serde::{Deserialize, Serialize};

/// Most moments of one recording.
pub const MAX_MOMENTS: usize = 2_000;

/// How the camera is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Face {
    /// In a round mask over the picture.
    #[default]
    Corner,
    /// Instead of the picture.
    Full,
    Hidden,
}

/// Where the round mask lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Corner {
    TopLeft,
    TopRight,
    #[default]
    BottomLeft,
    BottomRight,
}

/// How large the round mask is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FaceSize {
    Small,
    #[default]
    Medium,
    Large,
}

impl FaceSize {
    /// Diameter of the mask in thousandths of the picture's shorter side.
    pub const fn permille(self) -> u32 {
        match self {
            Self::Small => 180,
            Self::Medium => 260,
            Self::Large => 400,
        }
    }
}

/// Distance of the mask from both edges, in thousandths of the picture's shorter side.
pub const MARGIN_PERMILLE: u32 = 30;

/// From here on the face is shown like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayoutMoment {
    /// Milliseconds from the beginning of the recording.
    pub at_ms: u64,
    pub face: Face,
    pub corner: Corner,
    pub size: FaceSize,
}

/// The square around the round mask, in pixels of the picture; even, so that it falls on whole chroma samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    pub x: u32,
    pub y: u32,
    pub side: u32,
}

impl LayoutMoment {
    /// Where the mask lies in a picture of this size; `None` unless the face is in a corner.
    pub fn mask(&self, width: u32, height: u32) -> Option<Square> {
        if self.face != Face::Corner {
            return None;
        }
        let shorter = width.min(height);
        let part = |permille: u32| {
            let (whole, rest) = (shorter / 1000, shorter % 1000);
            (whole * permille + rest * permille / 1000) / 2 * 2
        };
        let (side, margin) = (part(self.size.permille()), part(MARGIN_PERMILLE));
        let right = (width - margin - side) / 2 * 2;
        let bottom = (height - margin - side) / 2 * 2;
        let (x, y) = match self.corner {
            Corner::TopLeft => (margin, margin),
            Corner::TopRight => (right, margin),
            Corner::BottomLeft => (margin, bottom),
            Corner::BottomRight => (right, bottom),
        };
        Some(Square { x, y, side })
    }

    /// Shown like the other, whenever.
    fn looks_like(&self, other: &Self) -> bool {
        Self { at_ms: 0, ..*self } == Self { at_ms: 0, ..*other }
    }
}

/// A layout has more moments than a server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A layout has at most {MAX_MOMENTS} moments.")]
pub struct TooManyMoments;

/// The moments of a recording, by time, one for each instant. Before the first, [`LayoutMoment::default`] holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Layout(Vec<LayoutMoment>);

impl Layout {
    /// Sorted; of several at one instant the last one holds, and those that change nothing are left out.
    pub fn new(moments: impl IntoIterator<Item = LayoutMoment>) -> Result<Self, TooManyMoments> {
        let mut sorted: Vec<LayoutMoment> = moments.into_iter().collect();
        sorted.sort_by_key(|m| m.at_ms);
        let mut out: Vec<LayoutMoment> = Vec::with_capacity(sorted.len());
        for (n, moment) in sorted.iter().enumerate() {
            let replaced = sorted
                .get(n + 1)
                .is_some_and(|next| next.at_ms == moment.at_ms);
            let before = out.last().copied().unwrap_or_default();
            if !replaced && !moment.looks_like(&before) {
                out.push(*moment);
            }
        }
        if out.len() > MAX_MOMENTS {
            return Err(TooManyMoments);
        }
        Ok(Self(out))
    }

    pub fn moments(&self) -> &[LayoutMoment] {
        &self.0
    }

    /// What holds at this instant, in milliseconds.
    pub fn at(&self, at_ms: u64) -> LayoutMoment {
        let behind = self.0.partition_point(|m| m.at_ms <= at_ms);
        match behind.checked_sub(1) {
            Some(n) => self.0[n],
            None => LayoutMoment::default(),
        }
    }

    /// With one moment more.
    pub fn with(&self, moment: LayoutMoment) -> Result<Self, TooManyMoments> {
        Self::new(self.0.iter().copied().chain([moment]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment(at_ms: u64, face: Face) -> LayoutMoment {
        LayoutMoment {
            at_ms,
            face,
            ..LayoutMoment::default()
        }
    }

    #[test]
    fn the_last_moment_before_an_instant_holds_and_repeats_are_left_out() {
        let layout = Layout::new([
            moment(900, Face::Hidden),
            moment(300, Face::Full),
            moment(400, Face::Full),
            moment(900, Face::Corner),
        ])
        .unwrap();
        assert_eq!(
            layout.moments(),
            [moment(300, Face::Full), moment(900, Face::Corner)]
        );
        let face = |at| layout.at(at).face;
        assert_eq!(
            [face(0), face(299), face(300), face(899), face(900)],
            [
                Face::Corner,
                Face::Corner,
                Face::Full,
                Face::Full,
                Face::Corner
            ]
        );
    }

    #[test]
    fn more_moments_than_a_server_takes_are_refused() {
        let many = (0..=MAX_MOMENTS as u64 * 2).map(|n| {
            moment(
                n,
                if n.is_multiple_of(2) {
                    Face::Full
                } else {
                    Face::Hidden
                },
            )
        });
        assert_eq!(Layout::new(many), Err(TooManyMoments));
    }

    proptest! {
        #[test]
        fn the_mask_lies_inside_of_every_picture(
            width in 16_u32..8192, height in 16_u32..8192,
            corner in prop_oneof![
                Just(Corner::TopLeft), Just(Corner::TopRight), Just(Corner::BottomLeft), Just(Corner::BottomRight)
            ],
            size in prop_oneof![Just(FaceSize::Small), Just(FaceSize::Medium), Just(FaceSize::Large)],
        ) {
            let moment = LayoutMoment { at_ms: 0, face: Face::Corner, corner, size };
            let square = moment.mask(width, height).unwrap();
            prop_assert!(square.x + square.side <= width && square.y + square.side <= height);
            prop_assert!([square.side, square.x, square.y].iter().all(|n| n.is_multiple_of(2)));
        }
    }
}
