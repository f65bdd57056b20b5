//! Many small pictures in one JPEG.

use ffmpeg_next as ffmpeg;

use super::jpeg::encode_frame;
use super::{MediaError, Picture, Result, ffmpeg as glue};

/// Quantiser of FFmpeg's MJPEG encoder, 1 (best) to 31.
const QUANTISER: i32 = 8;

/// A small picture.
pub struct Tile(ffmpeg::frame::Video);

impl std::fmt::Debug for Tile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tile({}×{})", self.0.width(), self.0.height())
    }
}

impl Tile {
    /// Both sides must be even.
    pub fn of(picture: &Picture, width: u32, height: u32) -> Result<Self> {
        glue::scale_for_jpeg(&picture.0, width, height).map(Self)
    }
}

/// Writes pictures of one size as rows of `columns`, from the left and from above.
pub fn encode_sprite(tiles: &[Tile], columns: u32) -> Result<Vec<u8>> {
    let first = tiles.first().ok_or(MediaError::Unexpected("no picture"))?;
    let (width, height) = (first.0.width(), first.0.height());
    let count = u32::try_from(tiles.len()).unwrap_or(u32::MAX);
    let columns = columns.clamp(1, count);
    let rows = count.div_ceil(columns);
    let format = ffmpeg::format::Pixel::YUVJ420P;
    let mut whole = ffmpeg::frame::Video::new(format, width * columns, height * rows);
    whole.set_color_range(ffmpeg::color::Range::JPEG);
    for plane in 0..3 {
        // Black, where the last row is not full.
        whole.data_mut(plane).fill(if plane == 0 { 0 } else { 128 });
        let shift = u32::from(plane > 0);
        let (w, h) = ((width >> shift) as usize, (height >> shift) as usize);
        for (n, tile) in (0_u32..).zip(tiles) {
            let (left, top) = ((n % columns) as usize * w, (n / columns) as usize * h);
            let stride = whole.stride(plane);
            let from = tile.0.data(plane).chunks(tile.0.stride(plane)).take(h);
            let to = whole.data_mut(plane).chunks_mut(stride).skip(top);
            for (from, to) in from.zip(to) {
                to[left..left + w].copy_from_slice(&from[..w]);
            }
        }
    }
    encode_frame(whole, QUANTISER)
}
