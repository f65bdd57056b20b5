//! What is of one recording in an export: its tracks, its files, one MP4, and what people and programs read of it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use aside_protocol::recording::{MAX_PARTS, TrackName};
use futures_util::TryStreamExt as _;
use serde_json::json;

use super::export::Run;
use super::export_error::{ExportError, Result};
use super::output::{Output, make_folder, write, write_json};
use super::page::{self, Shown};
use super::{ATTACHMENTS, Item, PartPlace, TRACKS, TrackFile, text};
use crate::domain::captions::webvtt;
use crate::domain::recording::{Recording, Track};
use crate::media::composition::{self, CompositionError};
use crate::objects::{ObjectError, ObjectKey};
use crate::one_file;

impl Run<'_> {
    /// Writes a file of a comment; answers its name in the folder. None: the server has lost it.
    pub(super) async fn attachment(
        &mut self,
        recording: &Recording,
        path: &str,
        folder: &Path,
    ) -> Result<Option<String>> {
        let objects = &self.resources.objects;
        let Some(key @ ObjectKey::Attachment { id, .. }) = ObjectKey::from_path(path) else {
            return Ok(None);
        };
        let read = async {
            let size = objects.size(&key).await?;
            objects.stream(&key, size, 0..size).await
        };
        let mut bytes = match read.await {
            Ok(bytes) => Box::pin(bytes),
            Err(ObjectError::NotFound(_)) => {
                let why = "a file of a comment is missing on the server and was left out";
                self.lacks(&recording.title, why);
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let name = format!("{ATTACHMENTS}/{id}");
        make_folder(&folder.join(ATTACHMENTS))?;
        let mut out = Output::create(&folder.join(&name))?;
        while let Some(piece) = bytes.try_next().await? {
            out.write(&piece)?;
        }
        out.finish()?;
        Ok(Some(name))
    }

    /// A track as one file: inits and parts one behind the other.
    pub(super) async fn track(
        &mut self,
        recording: &Recording,
        track: &Track,
        folder: &Path,
    ) -> Result<TrackFile> {
        let name = track.name;
        let ending = if name == TrackName::Events {
            "ndjson"
        } else {
            "mp4"
        };
        let mut told = TrackFile {
            track: name,
            file: format!("{name}.{ending}"),
            parts: Vec::new(),
            lacking: Vec::new(),
        };
        let path = folder.join(TRACKS).join(&told.file);
        let mut out = Output::create(&path)?;
        let store = &self.resources.store;
        let parts = store.stored_parts(recording.id, name, 0, MAX_PARTS).await?;
        let mut init = None;
        for part in parts {
            let key = ObjectKey::Part {
                recording: recording.id,
                track: name,
                number: part.number,
                sha256: part.sha256,
            };
            let bytes = match self.resources.objects.get(&key).await {
                Ok(bytes) => bytes,
                Err(ObjectError::NotFound(_)) => {
                    told.lacking.push(part.number);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if name != TrackName::Events && init != Some(part.init) {
                init = Some(part.init);
                out.write(track.init(part.init).map_or(&[], |init| &**init))?;
            }
            told.parts.push(PartPlace {
                number: part.number,
                offset: out.at,
                size: part.size,
                sha256: part.sha256,
            });
            out.write(&bytes)?;
        }
        out.finish()?;
        self.done.bytes += told.parts.iter().map(|part| part.size).sum::<u64>();
        if !told.lacking.is_empty() {
            let why = format!(
                "{} parts of its track {name} are missing on the server and were left out",
                told.lacking.len()
            );
            self.lacks(&recording.title, &why);
        }
        Ok(told)
    }

    /// Picture, face and sound as one MP4; says whether it could be made.
    pub(super) async fn one_file(&mut self, recording: &Recording, folder: &Path) -> Result<bool> {
        let (store, objects) = (&self.resources.store, &self.resources.objects);
        let layout = store.layout(recording.id).await?.layout()?;
        let Some((take, _)) = one_file::take(store, objects, recording, layout).await? else {
            self.lacks(
                &recording.title,
                "it has no picture, so there is no recording.mp4 of it",
            );
            return Ok(false);
        };
        let path = folder.join("recording.mp4");
        let to = path.clone();
        // On a thread of its own: it decodes, and it waits for parts that tasks of the runtime fetch.
        let made = tokio::task::spawn_blocking(move || {
            composition::write(take, &to, &mut |_| ControlFlow::Continue(()))
        });
        let disk = |source| ExportError::Disk {
            path: path.clone(),
            source,
        };
        match made.await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(CompositionError::NoSpace)) => Err(disk(io::ErrorKind::StorageFull.into())),
            Ok(Err(CompositionError::Fetch(cause))) => Err(disk(cause)),
            Ok(Err(cause)) => {
                // Half a file is of no use.
                _ = fs::remove_file(&path);
                let why =
                    format!("it could not be made into one file ({cause}); its tracks are there");
                self.lacks(&recording.title, &why);
                Ok(false)
            }
            Err(_) => Err(disk(io::Error::other("making the file panicked"))),
        }
    }

    /// What people read, and programs.
    pub(super) async fn words(
        &self,
        item: &Item,
        folder: &Path,
        has_file: bool,
        has_poster: bool,
    ) -> Result<()> {
        let store = &self.resources.store;
        let words = store.words(item.id).await?;
        // Who runs the server reads them with the rights of a member: what somebody wrote for themselves is in the rows only.
        let comments = text::readable(store.comments(item.id).await?);
        let marks = store.marks(item.id).await?;
        let by = self.name(item.owner);
        let mut drawings = HashMap::new();
        for comment in comments.iter().filter(|c| c.drawn) {
            // Checked when it was stored.
            if let Some(json) = store.drawing(comment.id).await?
                && let Ok(drawing) = serde_json::from_str::<serde_json::Value>(&json)
            {
                drawings.insert(comment.id, drawing);
            }
        }
        let said: Vec<_> = comments
            .iter()
            .filter(|comment| comment.deleted_at.is_none())
            .map(|comment| {
                json!({
                    "id": comment.id, "parent": comment.parent, "author": comment.author_name, "at_ms": comment.at_ms,
                    "end_ms": comment.end_ms, "markdown": comment.body, "created_at": comment.created_at.micros(),
                    "resolved": comment.resolved_at.is_some(), "drawing": drawings.get(&comment.id),
                    "files": comment.attachments.iter().map(|file| json!({
                        "name": file.name, "file": format!("{ATTACHMENTS}/{}", file.id), "bytes": file.size,
                        "content_type": file.content_type,
                    })).collect::<Vec<_>>(),
                })
            })
            .collect();
        let chapters: Vec<_> = marks
            .iter()
            .filter(|mark| mark.deleted_at.is_none())
            .map(|mark| json!({ "at_ms": mark.at_ms, "title": mark.title }))
            .collect();
        write_json(
            &folder.join("recording.json"),
            &json!({
                "id": item.id, "slug": item.slug, "title": item.title, "owner": by, "started_at": item.started_at,
                "length_ms": item.length_ms, "words": words, "comments": said, "chapters": chapters,
            }),
        )?;
        write(
            &folder.join("transcript.md"),
            text::transcript(&item.title, &words).as_bytes(),
        )?;
        write(
            &folder.join("comments.md"),
            text::comments(&item.title, &comments).as_bytes(),
        )?;
        write(&folder.join("captions.vtt"), webvtt(&words).as_bytes())?;
        let page = page::watch(&Shown {
            item,
            by: &by,
            has_file,
            has_poster,
            words: &words,
            comments: &comments,
            marks: &marks,
        });
        write(&folder.join("index.html"), page.as_bytes())
    }
}
