//! A recording as steps, for whoever may watch it.

use std::sync::Arc;

use aside_protocol::recording::TrackName;
use bytes::Bytes;

use super::frames::{FrameError, Frames};
use super::transcript;
use crate::domain::access::{Allowed, Watch};
use crate::domain::frame::{FrameFormat, FrameWanted};
use crate::domain::steps::{MAX_PICTURES, Step, Steps, steps};
use crate::limits::Limits;
use crate::resources::Resources;
use crate::store::Result;

/// Pixels in width of the pictures of a page.
const WIDTH: u32 = 1280;

/// What a document says, but for its pictures.
#[derive(Debug, Clone)]
pub struct Read {
    steps: Vec<Step>,
    length_ms: u64,
    language: Option<String>,
    has_picture: bool,
}

/// Reads it.
pub async fn read(resources: &Resources, recording: &Allowed<Watch>) -> Result<Read> {
    let store = &resources.store;
    let (language, words, _) = transcript::written_of(resources, recording).await?;
    let marks = store.marks(recording.id).await?;
    let sprite = store.sprite(recording.id).await?;
    let changes = sprite.map(|sprite| sprite.changes).unwrap_or_default();
    let video = store.track(recording.id, TrackName::Video).await?;
    Ok(Read {
        steps: steps(&marks, &changes, &words),
        length_ms: store.duration_ms(recording).await?,
        language,
        has_picture: video.is_some(),
    })
}

impl Read {
    pub(super) fn steps<'a>(&'a self, title: &'a str, link: &'a str) -> Steps<'a> {
        Steps {
            title,
            length_ms: self.length_ms,
            link,
            language: self.language.as_deref(),
            has_picture: self.has_picture,
            steps: &self.steps,
        }
    }

    /// `frames`: what the addresses of pictures begin with.
    pub fn markdown(&self, title: &str, link: &str, frames: &str) -> String {
        self.steps(title, link).markdown(frames)
    }

    /// A page that needs nothing else.
    pub fn page(&self, title: &str, link: &str, pictures: &[Option<Bytes>]) -> String {
        self.steps(title, link).html(pictures)
    }

    /// Of each step a JPEG, asked for from this address. Steps whose picture cannot be made have none; those behind the
    /// [`MAX_PICTURES`]th neither. Where a picture could be made, but not now, there are none at all: what is saved would lack it.
    pub async fn pictures(
        &self,
        frames: &Frames,
        (resources, limits): (&Resources, &Limits),
        recording: &Allowed<Watch>,
        address: std::net::IpAddr,
    ) -> std::result::Result<Vec<Option<Bytes>>, Arc<FrameError>> {
        let mut pictures: Vec<Option<Bytes>> = Vec::new();
        if !self.has_picture {
            return Ok(pictures);
        }
        for step in self.steps.iter().take(MAX_PICTURES) {
            let wanted = FrameWanted {
                at_ms: step.at_ms,
                format: FrameFormat::Jpeg,
                max_width: WIDTH,
            };
            let made = frames
                .asked_for((resources, limits), recording, wanted, address)
                .await;
            pictures.push(match made {
                Ok(frame) => Some(frame.bytes),
                Err(cause) if matches!(*cause, FrameError::NoPicture) => None,
                Err(cause) if matches!(*cause, FrameError::Undecodable | FrameError::Lost) => {
                    tracing::info!(recording = %recording.id, %cause, "a step has no picture: {cause}");
                    None
                }
                Err(cause) => return Err(cause),
            });
        }
        Ok(pictures)
    }
}
