//! The picture as it is seen: decoded by FFmpeg, with the frame counter and the flash read back.
//!
//! A counter is a row of square blocks: white, black, sixteen bits in Gray code (most significant
//! first), even parity. White and black say what 1 and 0 look like after encoding; Gray code and
//! parity make a picture that is half of one count and half of the next unreadable, not wrong.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::program::{complaints, output};

/// Blocks in a counter.
pub const BLOCKS: usize = 19;

/// Where to look, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Top left corner of the counter.
    pub x: u32,
    pub y: u32,
    /// Side of one block.
    pub block: u32,
    /// A square that turns white in a flash: top left corner and side.
    pub flash: (u32, u32, u32),
}

/// One decoded picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Position on the recording's timeline in milliseconds.
    pub at_ms: f64,
    /// `None` when it cannot be read.
    pub counter: Option<u16>,
    pub flash: bool,
}

/// Colours of a counter's blocks, `true` is white.
pub fn blocks(counter: u16) -> [bool; BLOCKS] {
    let gray = counter ^ (counter >> 1);
    let mut out = [false; BLOCKS];
    out[0] = true;
    for bit in 0..16 {
        out[2 + bit] = gray >> (15 - bit) & 1 == 1;
    }
    out[18] = gray.count_ones() % 2 == 1;
    out
}

/// Reads a counter from the mean brightness of its blocks.
pub fn read_counter(levels: &[u8]) -> Option<u16> {
    let (white, black) = (i32::from(*levels.first()?), i32::from(*levels.get(1)?));
    if levels.len() < BLOCKS || white - black < 100 {
        return None;
    }
    let middle = i32::midpoint(white, black);
    let bits = levels[2..BLOCKS].iter().map(|l| i32::from(*l) > middle);
    let all: Vec<bool> = bits.collect();
    let gray = all[..16]
        .iter()
        .fold(0_u16, |sum, bit| sum << 1 | u16::from(*bit));
    if (gray.count_ones() % 2 == 1) != all[16] {
        return None;
    }
    let mut counter = gray;
    for shift in [8, 4, 2, 1] {
        counter ^= counter >> shift;
    }
    Some(counter)
}

/// Decodes every picture of a file or an address.
///
/// # Errors
/// When FFmpeg cannot decode it, or complains of anything.
pub async fn decode(path: &Path, layout: Layout) -> Result<Vec<Frame>> {
    let Layout {
        x,
        y,
        block,
        flash: (fx, fy, side),
    } = layout;
    let blocks = u32::try_from(BLOCKS)?;
    let filter = format!(
        "[0:v:0]split[a][b];[a]crop={}:{block}:{x}:{y},scale={blocks}:1:flags=area,format=gray[c];\
         [b]crop={side}:{side}:{fx}:{fy},scale=1:1:flags=area,format=gray[f];[c][f]hstack[o]",
        blocks * block
    );
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "warning", "-nostdin", "-i"]).arg(path);
    command.args([
        "-filter_complex",
        &filter,
        "-map",
        "[o]",
        "-fps_mode",
        "passthrough",
        // At a guessed picture rate two pictures that are close together would get one time stamp.
        "-enc_time_base",
        "1:90000",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "-",
    ]);
    let raw = command.kill_on_drop(true).output().await?;
    let complaints = complaints(&raw.stderr);
    ensure!(
        raw.status.success() && complaints.trim().is_empty(),
        "ffmpeg complains of {}:\n{complaints}",
        path.display()
    );
    let probe = output(
        Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-select_streams",
                "v:0",
                "-show_entries",
                "packet=pts_time",
                "-of",
                "csv=p=0",
            ])
            .arg(path),
    )
    .await?;
    let mut times = Vec::new();
    for line in String::from_utf8(probe)?.lines() {
        let seconds = line.split(',').next().unwrap_or(line).trim();
        times.push(seconds.parse::<f64>().with_context(|| line.to_owned())? * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let levels: Vec<&[u8]> = raw.stdout.chunks_exact(BLOCKS + 1).collect();
    ensure!(
        levels.len() == times.len(),
        "{} pictures were decoded out of {} in the container",
        levels.len(),
        times.len()
    );
    let frame = |(levels, at_ms): (&[u8], f64)| Frame {
        at_ms,
        counter: read_counter(levels),
        flash: levels[BLOCKS] > 128,
    };
    Ok(levels.into_iter().zip(times).map(frame).collect())
}

/// Positions in milliseconds at which a flash begins.
pub fn flashes_ms(frames: &[Frame]) -> Vec<f64> {
    let pairs = frames
        .windows(2)
        .filter(|w| !w[0].flash && w[1].flash)
        .map(|w| w[1].at_ms);
    frames
        .first()
        .filter(|f| f.flash)
        .map(|f| f.at_ms)
        .into_iter()
        .chain(pairs)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_read_back_through_a_dull_picture() {
        for counter in (0..=u16::MAX).step_by(37) {
            let levels: Vec<u8> = blocks(counter)
                .iter()
                .map(|b| if *b { 200 } else { 40 })
                .collect();
            assert_eq!(read_counter(&levels), Some(counter));
        }
    }

    #[test]
    fn a_picture_torn_between_two_counts_is_unreadable_or_one_of_them() {
        for counter in 0..2000 {
            let (a, b) = (blocks(counter), blocks(counter + 1));
            for cut in 0..=BLOCKS {
                let levels: Vec<u8> = a[..cut]
                    .iter()
                    .chain(&b[cut..])
                    .map(|x| if *x { 255 } else { 0 })
                    .collect();
                assert!(
                    [None, Some(counter), Some(counter + 1)].contains(&read_counter(&levels)),
                    "{counter} cut at {cut}"
                );
            }
        }
    }
}
