//! Recordings out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use aside_protocol::id::UserId;
use aside_protocol::recording::{MAX_PARTS, TrackName};
use futures_util::TryStreamExt as _;
use serde::Serialize;
use serde_json::json;

use super::page::{self, Shown};
use super::stage::{Stage, StageError};
use super::{
    ATTACHMENTS, FORMAT, Item, MANIFEST, MEDIA, Manifest, Media, PEOPLE, PartPlace, Person, ROWS,
    Step, TRACKS, TrackFile, text,
};
use crate::domain::account::User;
use crate::domain::captions::webvtt;
use crate::domain::recording::{Recording, Track};
use crate::media::composition::{self, CompositionError};
use crate::objects::{ObjectError, ObjectKey};
use crate::one_file;
use crate::resources::Resources;
use crate::store::StoreError;

/// What is exported.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Whose recordings; none: everybody's.
    pub owner: Option<UserId>,
    /// Make one MP4 of each.
    pub one_file: bool,
}

/// What was exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    pub recordings: usize,
    /// Of the parts of all tracks.
    pub bytes: u64,
    /// How often something was left out; each was told.
    pub lacking: usize,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error("{}: {source}", path.display())]
    Disk { path: PathBuf, source: io::Error },
}

pub(super) type Result<T> = std::result::Result<T, ExportError>;

/// Writes the finished recordings into the folder `to`, which must not be there; it is there when everything is in it.
/// `tell` hears of each recording, and of what is left out.
pub async fn export(
    resources: &Resources,
    wanted: &Wanted,
    to: &Path,
    mut tell: impl FnMut(Step),
) -> Result<Exported> {
    let stage = Stage::begin(to)?;
    let store = &resources.store;
    let ids = store.finished_recordings(wanted.owner).await?;
    let mut run = Run {
        resources,
        root: stage.path(),
        named: BTreeMap::new(),
        one_file: wanted.one_file,
        done: Exported::default(),
        tell: &mut tell,
    };
    for id in store.unfinished_recordings(wanted.owner).await? {
        let title = store
            .recording(id)
            .await?
            .map_or_else(String::new, |r| r.title);
        run.lacks(&title, "it is not finished and was left out");
    }
    make_folder(&stage.path().join("recordings"))?;
    let mut items = Vec::new();
    for (n, id) in ids.iter().enumerate() {
        // Deleted since it was listed.
        let Some(recording) = store
            .recording(*id)
            .await?
            .filter(|r| wanted.owner.is_none() || r.deleted_at.is_none())
        else {
            continue;
        };
        items.push(run.recording(&recording).await?);
        (run.tell)(Step::Done {
            n: n + 1,
            of: ids.len(),
            title: recording.title,
        });
    }
    let mut audit_of = None;
    if wanted.owner.is_none() {
        run.groups().await?;
        audit_of = Some(run.audit().await?);
    }
    run.rest(&items, resources.now().micros(), audit_of).await?;
    let done = run.done;
    stage.finish()?;
    Ok(done)
}

/// One export on its way.
pub(super) struct Run<'a> {
    pub(super) resources: &'a Resources,
    pub(super) root: &'a Path,
    /// Who is named by what was exported, those who were deactivated too.
    named: BTreeMap<UserId, User>,
    one_file: bool,
    done: Exported,
    tell: &'a mut dyn FnMut(Step),
}

impl Run<'_> {
    fn lacks(&mut self, title: &str, why: &str) {
        self.done.lacking += 1;
        (self.tell)(Step::Lacking {
            title: title.to_owned(),
            why: why.to_owned(),
        });
    }

    /// Takes a person in among those who are named.
    pub(super) async fn names(&mut self, person: UserId) -> Result<()> {
        if !self.named.contains_key(&person)
            && let Some(user) = self.resources.store.user(person).await?
        {
            self.named.insert(person, user);
        }
        Ok(())
    }

    fn name(&self, id: UserId) -> String {
        self.named
            .get(&id)
            .map_or_else(String::new, |person| person.name.clone())
    }

    /// Writes the folder of one recording. Answers it for the list, with whether it has a poster.
    async fn recording(&mut self, recording: &Recording) -> Result<(Item, bool)> {
        let store = &self.resources.store;
        let id = recording.id;
        let day = text::day(recording.started_at);
        let item = Item {
            id,
            slug: recording.slug.to_string(),
            folder: format!("{day}-{id}"),
            title: recording.title.clone(),
            owner: recording.owner,
            started_at: recording.started_at.micros(),
            length_ms: store.duration_ms(recording).await?,
            trashed: recording.deleted_at.is_some(),
        };
        let folder = self.root.join("recordings").join(&item.folder);
        make_folder(&folder.join(TRACKS))?;
        // The rows first: a part that comes later cannot be, and a comment that does is in none of the files.
        let rows = store.recording_rows(id).await?;
        for person in rows.people() {
            self.names(person).await?;
        }
        write_json(&folder.join(ROWS), &rows)?;

        let mut media = Media::default();
        for track in store.tracks(id).await? {
            let file = self.track(recording, &track, &folder).await?;
            media.tracks.push(file);
        }
        let mut has_poster = false;
        let pictures = [
            (&recording.poster_key, "poster.jpg"),
            (&recording.thumbnail_key, "thumbnail.jpg"),
        ];
        for (key, name) in pictures {
            let Some(key) = key.as_deref().and_then(ObjectKey::from_path) else {
                continue;
            };
            match self.resources.objects.get(&key).await {
                Ok(bytes) => {
                    write(&folder.join(name), &bytes)?;
                    has_poster |= name == "poster.jpg";
                    media.pictures.push((key.to_string(), name.to_owned()));
                }
                Err(ObjectError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for path in store.attachment_keys(id, true).await? {
            let file = self.attachment(recording, &path, &folder).await?;
            media.attachments.extend(file.map(|name| (path, name)));
        }
        write_json(&folder.join(MEDIA), &media)?;
        let has_file = self.one_file && self.one_file(recording, &folder).await?;
        self.words(&item, &folder, has_file, has_poster).await?;
        self.done.recordings += 1;
        Ok((item, has_poster))
    }

    /// Writes a file of a comment; answers its name in the folder. None: the server has lost it.
    async fn attachment(
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
    async fn track(
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
    async fn one_file(&mut self, recording: &Recording, folder: &Path) -> Result<bool> {
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
    async fn words(
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

    /// What stands beside the recordings; the manifest at last.
    async fn rest(&self, items: &[(Item, bool)], now: i64, audit_of: Option<String>) -> Result<()> {
        let owners: BTreeSet<UserId> = items.iter().map(|(item, _)| item.owner).collect();
        for owner in owners {
            let rows = self.resources.store.folder_rows(owner).await?;
            write_json(&self.root.join(format!("folders-{owner}.json")), &rows)?;
        }
        let people: Vec<Person> = self
            .named
            .values()
            .map(|person| Person {
                id: person.id,
                email: person.email.as_str().to_owned(),
                name: person.name.clone(),
            })
            .collect();
        write_json(&self.root.join(PEOPLE), &people)?;
        let list: Vec<_> = items
            .iter()
            .map(|(item, has_poster)| (item.clone(), self.name(item.owner), *has_poster))
            .collect();
        write(
            &self.root.join("index.html"),
            page::library(&list).as_bytes(),
        )?;
        let manifest = Manifest {
            aside_export: FORMAT,
            exported_at: now,
            audit_of,
            recordings: items.iter().map(|(item, _)| item.clone()).collect(),
        };
        write_json(&self.root.join(MANIFEST), &manifest)
    }
}

/// A file that knows how long it is.
pub(super) struct Output {
    path: PathBuf,
    file: BufWriter<File>,
    at: u64,
}

impl Output {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|source| disk(path, source))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
            at: 0,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|source| disk(&self.path, source))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(|source| disk(&self.path, source))
    }
}

fn disk(path: &Path, source: io::Error) -> ExportError {
    ExportError::Disk {
        path: path.to_owned(),
        source,
    }
}

fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|source| disk(path, source))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|source| disk(path, source))
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut out = Output::create(path)?;
    serde_json::to_writer(&mut out.file, value).map_err(|e| disk(path, e.into()))?;
    out.finish()
}
