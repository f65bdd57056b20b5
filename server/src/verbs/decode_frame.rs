//! `aside-server decode-frame`: decodes one picture from stdin to stdout. The server runs it, a process for each picture.

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, bail};
use aside_protocol::cmaf::read_init;
use aside_server::domain::frame::{DecodeOrder, FrameFormat};
use aside_server::media::{PictureDecoder, encode_jpeg, encode_png};

use super::decoding::{Caps, confine, message};

/// Memory in bytes: addresses, of which a decoder of the largest pictures uses less than half.
const MEMORY: u64 = 3 * 1024 * 1024 * 1024;
/// Seconds of work.
const WORK: u64 = 20;

pub(crate) fn run() -> anyhow::Result<()> {
    let caps = Caps {
        memory: MEMORY,
        work: WORK,
        file: 0,
        opens: false,
    };
    confine(&caps, &[])?;
    let mut input = std::io::stdin().lock();
    let mut order = [0; DecodeOrder::LENGTH];
    input.read_exact(&mut order)?;
    let order = DecodeOrder::from_bytes(order).context("this is no order")?;
    let init = message(&mut input)?.context("there is no init")?;
    let mut decoder = PictureDecoder::new(&read_init(&init)?)?;
    let (mut newest, mut failure) = (None, None);
    while let Some(part) = message(&mut input)? {
        match decoder.last_until(&part, order.until) {
            Ok(picture) => newest = Some(picture),
            Err(error) => failure = Some(error),
        }
    }
    let Some(picture) = newest else {
        bail!(failure.map_or_else(|| "there is no part".to_owned(), |it| it.to_string()));
    };
    let bytes = match order.format {
        FrameFormat::Jpeg => encode_jpeg(&picture, order.max_width)?,
        FrameFormat::Png => encode_png(&picture, order.max_width)?,
    };
    let mut output = std::io::stdout().lock();
    output.write_all(&bytes)?;
    output.flush()?;
    Ok(())
}
