//! What is seen at a moment: the screen, and the face over it as the layout says.

use aside_protocol::layout::{Face, Layout, LayoutMoment};
use aside_protocol::recording::VIDEO_TIMESCALE;
use ffmpeg_next as ffmpeg;

use crate::face::Canvas;
use crate::mp4::micros;
use crate::pictures::Pictures;
use crate::{Result, Track};

/// Ticks of a millisecond.
const MS: u64 = VIDEO_TIMESCALE as u64 / 1000;

pub(crate) struct Scene<'a> {
    screen: Pictures,
    camera: Option<Pictures>,
    layout: &'a Layout,
    canvas: Canvas,
    size: (u32, u32),
    seen: Option<LayoutMoment>,
}

impl<'a> Scene<'a> {
    /// Pictures that are wider than `max_width` are made so wide.
    pub(crate) fn open(
        screen: Track,
        camera: Option<Track>,
        layout: &'a Layout,
        max_width: u32,
    ) -> Result<Self> {
        let screen = Pictures::open(screen, "video")?;
        let camera = match camera {
            Some(camera) => Some(Pictures::open(camera, "camera")?),
            None => None,
        };
        let size = within(screen.size(), max_width);
        Ok(Self {
            screen,
            camera,
            layout,
            canvas: Canvas::new(size.0, size.1),
            size,
            seen: None,
        })
    }

    /// Width and height in pixels, both even.
    pub(crate) const fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Goes on to a moment, in ticks, never before the last one; says whether something else is seen then.
    pub(crate) fn look(&mut self, at: u64) -> Result<bool> {
        let now = micros(at, VIDEO_TIMESCALE);
        let moment = self.layout.at(at / MS);
        let changed = self.screen.advance(now)?;
        let moved = match &mut self.camera {
            Some(camera) => camera.advance(now)?,
            None => false,
        };
        let laid_out = self.seen.replace(moment) != Some(moment);
        Ok(changed || laid_out || (moved && moment.face != Face::Hidden))
    }

    /// What is seen since then; none before the first picture.
    pub(crate) fn draw(&mut self) -> Result<Option<ffmpeg::frame::Video>> {
        let (Some(picture), Some(moment)) = (self.screen.current(), self.seen) else {
            return Ok(None);
        };
        let face = self.camera.as_ref().and_then(Pictures::current);
        self.canvas.draw(picture, face, moment).map(Some)
    }

    /// Whether the screen shows nothing more.
    pub(crate) fn is_over(&self) -> bool {
        self.screen.end().is_some()
    }
}

/// At most so wide, in the same shape; both sides even, as chroma has half the size in both directions.
pub(crate) fn within((width, height): (u32, u32), max_width: u32) -> (u32, u32) {
    let most = max_width.max(2);
    if width <= most {
        return (width / 2 * 2, height / 2 * 2);
    }
    let tall = u64::from(height) * u64::from(most) / u64::from(width);
    let tall = u32::try_from(tall).unwrap_or(u32::MAX);
    (most / 2 * 2, (tall / 2 * 2).max(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_narrower_in_its_shape_and_never_wider() {
        assert_eq!(within((1920, 1080), 480), (480, 270));
        assert_eq!(within((321, 241), 480), (320, 240));
        assert_eq!(within((8000, 10), 480), (480, 2));
        assert_eq!(within((1080, 1920), 481), (480, 854));
    }
}
