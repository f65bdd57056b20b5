//! A picture as PNG.

use ffmpeg_next as ffmpeg;

use super::jpeg::fit;
use super::{MediaError, Picture, Result, ffmpeg as glue};

/// Shrinks the picture to at most `max_width` pixels in width and writes it as a PNG of 24 bits a pixel.
pub fn encode_png(picture: &Picture, max_width: u32) -> Result<Vec<u8>> {
    let (width, height) = fit(picture.width(), picture.height(), max_width);
    let rgb: ffmpeg::frame::Video = glue::scale_for_png(&picture.0, width, height)?;
    let (stride, row) = (rgb.stride(0), width as usize * 3);
    let rows = rgb.data(0).chunks(stride).take(height as usize);
    let pixels: Vec<u8> = rows.flat_map(|line| &line[..row]).copied().collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels)?;
        writer.finish()
    });
    written.map_err(|_| MediaError::Unexpected("a picture that is no PNG"))?;
    Ok(bytes)
}
