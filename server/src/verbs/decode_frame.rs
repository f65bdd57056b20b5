//! `aside-server decode-frame`: decodes one picture from stdin to stdout. The server runs it, a process for each picture.

use std::io::{ErrorKind, Read, Write as _};

use anyhow::{Context as _, bail, ensure};
use aside_protocol::cmaf::read_init;
use aside_server::domain::frame::{DecodeOrder, FrameFormat, MAX_MESSAGE};
use aside_server::media::{PictureDecoder, encode_jpeg, encode_png};
use rustix::process::{Resource, Rlimit, setrlimit};

/// Memory in bytes: addresses, of which a decoder of the largest pictures uses less than half.
const MEMORY: u64 = 3 * 1024 * 1024 * 1024;
/// Seconds of work.
const WORK: u64 = 20;

pub(crate) fn run() -> anyhow::Result<()> {
    limit()?;
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

/// What is decoded was sent by strangers: it gets this much and no file.
fn limit() -> anyhow::Result<()> {
    let at_most = |n| Rlimit {
        current: Some(n),
        maximum: Some(n),
    };
    for (resource, n) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, WORK),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ] {
        setrlimit(resource, at_most(n)).context("cannot limit this process")?;
    }
    Ok(())
}

/// The next message; none at the end.
fn message(input: &mut impl Read) -> anyhow::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(end) if end.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_be_bytes(length);
    ensure!(length <= MAX_MESSAGE, "this message is too long");
    let mut bytes = vec![0; usize::try_from(length)?];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}
