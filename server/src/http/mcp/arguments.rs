//! The arguments of tools.

use aside_protocol::id::{CommentId, RecordingId, Slug};
use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::ask::Refused;

/// A recording, by its link or the last piece of it.
#[derive(Debug)]
pub(super) struct Link(pub(super) Slug);

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let text = text.trim();
        let piece = text.rsplit_once("/w/").map_or(text, |(_, piece)| piece);
        let piece = piece.split(['?', '#', '/']).next().unwrap_or_default();
        let slug = piece.parse().map(Self);
        slug.map_err(|_| {
            serde::de::Error::custom(
                "`recording` is a watch link of this server, or the 22 letters and digits at its end",
            )
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    pub(super) query: String,
    #[serde(default)]
    pub(super) limit: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    #[serde(default)]
    pub(super) section: Option<Section>,
    #[serde(default)]
    pub(super) cursor: Option<RecordingId>,
    #[serde(default)]
    pub(super) limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Section {
    Mine,
    Shared,
    Everyone,
}

impl Section {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Shared => "shared",
            Self::Everyone => "everyone",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    pub(super) recording: Link,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stretch {
    pub(super) recording: Link,
    #[serde(default)]
    pub(super) from_ms: Option<u64>,
    #[serde(default)]
    pub(super) to_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    pub(super) recording: Link,
    pub(super) at_ms: u64,
    #[serde(default)]
    pub(super) format: Option<Format>,
    #[serde(default)]
    pub(super) max_width: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    Png,
    Jpeg,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfComment {
    pub(super) recording: Link,
    pub(super) comment: CommentId,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    pub(super) recording: Link,
    pub(super) text: String,
    #[serde(default)]
    pub(super) at_ms: Option<u64>,
    #[serde(default)]
    pub(super) end_ms: Option<u64>,
    #[serde(default)]
    pub(super) reply_to: Option<CommentId>,
}

pub(super) fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, Refused> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| Refused::Arguments(error.to_string()))
}
