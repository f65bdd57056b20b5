//! A take as data: its inits and parts. Loaded once from a real recording, it can be sent again
//! under other names, by hand and in any order, as a recorder or as somebody hostile would.

use std::io::Read as _;

use anyhow::{Context as _, Result};
use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::{Kind, Sha256, TrackName};
use aside_protocol::time::Timestamp;
use aside_protocol::upload::{CreateRecording, CreateTrack, FinishRecording, FinishTrack};
use bytes::Bytes;
use reqwest::Method;

use crate::api::Api;
use crate::viewer::{Viewer, absolute};

/// One track: its init and its parts, part 0 first.
#[derive(Debug, Clone)]
pub struct Track {
    pub name: TrackName,
    pub init: Bytes,
    pub parts: Vec<Bytes>,
}

/// A take and the names under which it is sent.
#[derive(Debug, Clone)]
pub struct Take {
    pub id: RecordingId,
    pub slug: Slug,
    pub tracks: Vec<Track>,
}

impl Take {
    /// Loads the pictures and the sound of a finished take from the server, part by part, and gives it new names. Tracks of
    /// data are not served.
    ///
    /// # Errors
    /// When anything of it cannot be loaded.
    pub async fn load(viewer: &Viewer, counts: &[(TrackName, u32)]) -> Result<Self> {
        let master = viewer.master_url().await?;
        let mut tracks = Vec::new();
        let media = counts.iter().filter(|(name, _)| name.kind() != Kind::Data);
        for (name, count) in media {
            let init = viewer
                .bytes(&absolute(&master, &format!("{name}/init.mp4")))
                .await?;
            let mut parts = Vec::new();
            for n in 0..*count {
                parts.push(
                    viewer
                        .bytes(&absolute(&master, &format!("{name}/{n}-{n}.m4s")))
                        .await?,
                );
            }
            tracks.push(Track {
                name: *name,
                init,
                parts,
            });
        }
        let (id, slug) = fresh_names()?;
        Ok(Self { id, slug, tracks })
    }

    /// The same media under other names.
    ///
    /// # Errors
    /// When there is no entropy.
    pub fn renamed(&self) -> Result<Self> {
        let (id, slug) = fresh_names()?;
        Ok(Self {
            id,
            slug,
            tracks: self.tracks.clone(),
        })
    }

    pub fn track(&self, name: TrackName) -> Option<&Track> {
        self.tracks.iter().find(|t| t.name == name)
    }

    pub fn creation(&self) -> CreateRecording {
        CreateRecording {
            slug: self.slug.clone(),
            title: String::new(),
            started_at: Timestamp::from_micros(1_700_000_000_000_000),
            tracks: self
                .tracks
                .iter()
                .map(|t| CreateTrack {
                    name: t.name,
                    init: t.init.to_vec(),
                })
                .collect(),
            audience: None,
        }
    }

    pub fn finishing(&self) -> FinishRecording {
        let track = |t: &Track| FinishTrack {
            name: t.name,
            parts: t.parts.iter().map(|p| Sha256::of(p)).collect(),
            inits: Vec::new(),
        };
        FinishRecording {
            tracks: self.tracks.iter().map(track).collect(),
        }
    }

    pub fn create(&self, api: &Api) -> reqwest::RequestBuilder {
        api.request(Method::PUT, &format!("/api/recordings/{}", self.id))
            .json(&self.creation())
    }

    pub fn put(&self, api: &Api, track: TrackName, number: u32) -> Result<reqwest::RequestBuilder> {
        let parts = &self.track(track).context("no such track")?.parts;
        let part = parts
            .get(usize::try_from(number)?)
            .context("no such part")?;
        Ok(api.put_part(&self.id.to_string(), track.as_str(), number, part))
    }

    pub fn finish(&self, api: &Api) -> reqwest::RequestBuilder {
        api.request(Method::POST, &format!("/api/recordings/{}/finish", self.id))
            .json(&self.finishing())
    }
}

fn fresh_names() -> Result<(RecordingId, Slug)> {
    let mut entropy = [0; 74];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut entropy)?;
    let (id, slug) = entropy.split_at(10);
    let slug = Slug::from_entropy(slug).context("unlucky entropy")?;
    Ok((
        RecordingId::new(
            Timestamp::from_micros(1_700_000_000_000_000),
            id.try_into()?,
        ),
        slug,
    ))
}
