//! The texts of a track's playlist, written once a view however many viewers ask for them.

use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::TrackView;
use crate::playlist::{Reader, Take, media};

/// A playlist as it goes out.
#[derive(Debug)]
pub struct Text {
    pub plain: Bytes,
    pub etag: String,
    gzip: OnceLock<Bytes>,
}

impl Text {
    pub fn new(text: String) -> Self {
        // Weak, because the answer may be compressed on its way.
        let hash = hex::encode(&Sha256::digest(text.as_bytes())[..12]);
        Self {
            plain: text.into(),
            etag: format!("W/\"{hash}\""),
            gzip: OnceLock::new(),
        }
    }

    /// The text compressed; made at the first use.
    pub fn gzip(&self) -> &Bytes {
        self.gzip.get_or_init(|| {
            let mut out = GzEncoder::new(Vec::new(), Compression::fast());
            // Writing into memory cannot fail.
            _ = out.write_all(&self.plain);
            out.finish().unwrap_or_default().into()
        })
    }
}

/// By whether the take has ended, whether the reader follows, whether it asks for a delta.
#[derive(Debug, Default)]
pub(super) struct Texts([OnceLock<Arc<Text>>; 8]);

impl TrackView {
    /// The media playlist for `reader`.
    pub fn playlist(&self, take: Take, reader: Reader) -> Arc<Text> {
        // Before the end all see the same, and whoever does not follow gets no delta after it.
        let follows = reader.follows || !take.ended;
        let reader = Reader {
            follows,
            delta: reader.delta && follows,
        };
        let index = usize::from(take.ended)
            | usize::from(reader.follows) << 1
            | usize::from(reader.delta) << 2;
        let text = || Arc::new(Text::new(media(&self.listing, take, reader)));
        match self.texts.0.get(index) {
            Some(slot) => Arc::clone(slot.get_or_init(text)),
            None => text(),
        }
    }
}
