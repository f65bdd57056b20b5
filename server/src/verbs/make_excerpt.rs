//! `aside-server make-excerpt`: makes a range into a file, from stdin to stdout. The server runs it, a process for each file.

use std::io::{self, Read as _, Write as _};
use std::ops::ControlFlow;

use anyhow::Context as _;
use aside_protocol::layout::Layout;
use aside_protocol::recording::TrackName;
use aside_server::domain::excerpt::{ExcerptFormat, ExcerptOrder, OrderedTrack};
use aside_server::jobs::priority::{Nice, lower};
use aside_server::media::composition::{self, CompositionError, Excerpt, Part, Parts, Take, Track};
use rustix::fs::{MemfdFlags, memfd_create};

use super::decoding::{Caps, confine, message};

/// Addresses: the parts, decoders and an encoder of the largest pictures.
const MEMORY: u64 = 4 * 1024 * 1024 * 1024;
/// Seconds of work of all threads together.
const WORK: u64 = 240;
pub(super) const CAPS: Caps = Caps {
    memory: MEMORY,
    work: WORK,
    // The MP4 is written into memory that looks like a file.
    file: ExcerptFormat::Mp4.max_bytes().saturating_mul(2),
    opens: true,
};
/// Constant rate factor of x264.
const QUALITY: u32 = 23;

/// Parts that are here.
struct Here(std::vec::IntoIter<Part>);

impl Parts for Here {
    fn next(&mut self) -> io::Result<Option<Part>> {
        Ok(self.0.next())
    }
}

pub(crate) fn run() -> anyhow::Result<()> {
    // Its encoder takes all cores: whoever answers people comes first. Before it is confined: its threads are found in `/proc`.
    lower(Nice::Job);
    confine(&CAPS, &[])?;
    let mut input = io::stdin().lock();
    let order = message(&mut input)?.context("there is no order")?;
    let order: ExcerptOrder = serde_json::from_slice(&order).context("this is no order")?;
    let (mut video, mut audio, mut camera) = (None, None, None);
    for ordered in &order.tracks {
        let track = Some(track(&mut input, ordered)?);
        match ordered.name {
            TrackName::Video => video = track,
            TrackName::Audio => audio = track,
            TrackName::Camera => camera = track,
            TrackName::Microphone | TrackName::System | TrackName::Events => {}
        }
    }
    let take = Take {
        video: video.context("there is no picture")?,
        audio,
        camera,
        layout: Layout::new(order.layout.iter().copied())?,
        title: order.title,
        length_ms: order.length_ms,
    };
    let excerpt = Excerpt {
        from_ms: order.from_ms,
        until_ms: order.until_ms,
        max_width: order.max_width,
        quality: QUALITY,
    };
    match make(take, excerpt, order.format) {
        Ok(bytes) => {
            let mut output = io::stdout().lock();
            output.write_all(&bytes)?;
            output.flush()?;
            Ok(())
        }
        // Nothing is said.
        Err(CompositionError::TooLarge | CompositionError::NoSpace) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn track(input: &mut impl io::Read, ordered: &OrderedTrack) -> anyhow::Result<Track> {
    let mut next = || message(input)?.context("it ends too early");
    let mut inits = Vec::new();
    for version in &ordered.inits {
        inits.push((*version, next()?.into()));
    }
    let mut parts = Vec::new();
    for init in &ordered.parts {
        parts.push(Part {
            init: *init,
            bytes: next()?.into(),
        });
    }
    Ok(Track {
        inits,
        parts: Box::new(Here(parts.into_iter())),
    })
}

fn make(take: Take, excerpt: Excerpt, format: ExcerptFormat) -> Result<Vec<u8>, CompositionError> {
    let max_bytes = usize::try_from(format.max_bytes()).unwrap_or(usize::MAX);
    let mut go_on = |_| ControlFlow::Continue(());
    match format {
        ExcerptFormat::Gif => composition::write_gif(take, excerpt, max_bytes, &mut go_on),
        ExcerptFormat::Mp4 => {
            use std::os::fd::AsRawFd as _;
            let memory = memfd_create("aside-excerpt", MemfdFlags::CLOEXEC);
            let memory = memory.map_err(|e| CompositionError::Fetch(e.into()))?;
            // Opened again through its descriptor: a new opening with a place of its own (`proc(5)`).
            let path = format!("/proc/self/fd/{}", memory.as_raw_fd());
            composition::write_excerpt(take, excerpt, path.as_ref(), &mut go_on)?;
            let mut bytes = Vec::new();
            let mut file = std::fs::File::from(memory);
            file.read_to_end(&mut bytes)
                .map_err(CompositionError::Fetch)?;
            if bytes.len() > max_bytes {
                return Err(CompositionError::TooLarge);
            }
            Ok(bytes)
        }
    }
}
