//! Recordings in.
//!
//! The objects of a recording first, all its rows in one transaction after them: a run that is killed leaves recordings that are
//! whole and recordings that are not there, and the next run goes on with those.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use aside_protocol::id::{FolderId, GroupId, JobId, Slug, UserId};
use aside_protocol::recording::{MAX_PART_BYTES, Sha256, TrackName};
use bytes::Bytes;
use sha2::Digest as _;

use super::import_error::{ImportError, Result, damaged, disk, read_json};
use super::of_all;
use super::{
    ATTACHMENTS, FORMAT, Item, MANIFEST, MEDIA, Manifest, Media, PEOPLE, Person, ROWS, Step, TRACKS,
};
use crate::domain::account::{Email, Role, User};
use crate::domain::job::Job;
use crate::domain::transcript::TranscriptState;
use crate::objects::ObjectKey;
use crate::resources::Resources;
use crate::service::sharing::{settle_imported, settle_imported_folders};
use crate::service::write_object::{write_large_object, write_object};
use crate::service::{poster, preview, sprite, transcript};
use crate::store::dump::{ForeignRows, Place, Rows, RowsError};
use crate::store::{Tx, folders as folder_rows, jobs, retention, transcripts};

/// A picture of a recording has less; in bytes.
const MAX_PICTURE: u64 = 16 * 1024 * 1024;

/// What was taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    pub recordings: usize,
    /// Were there already.
    pub present: usize,
    /// Accounts that were made, without a password.
    pub accounts: Vec<String>,
    /// Recordings that were refused; each was told.
    pub refused: usize,
    /// Rows of the log of changes.
    pub audit: usize,
}

/// Takes in what `export` wrote to the folder `from`. People are known by their mail address; who owns a recording and has no
/// account gets one without a password.
pub async fn import(
    resources: &Resources,
    from: &Path,
    mut tell: impl FnMut(Step),
) -> Result<Imported> {
    let path = from.join(MANIFEST);
    if !path.is_file() {
        return Err(ImportError::NotAnExport(from.to_owned()));
    }
    let manifest: Manifest = read_json(&path)?;
    if manifest.aside_export > FORMAT {
        return Err(ImportError::NewerFormat(manifest.aside_export));
    }
    if resources.store.is_empty().await? {
        return Err(ImportError::NotSetUp);
    }
    let mut done = Imported::default();
    let people = people(resources, from, &manifest, &mut done.accounts).await?;
    let groups = of_all::take_groups(resources, from, &people).await?;
    let folders = folders(resources, from, &people, &groups).await?;
    done.audit = of_all::take_audit(resources, from, &manifest, &people).await?;
    let here = Here {
        people: &people,
        folders: &folders,
        groups: &groups,
    };
    let of = manifest.recordings.len();
    for (n, item) in (1..).zip(&manifest.recordings) {
        let title = item.title.clone();
        match recording(resources, from, item, here).await? {
            Outcome::Taken => {
                done.recordings += 1;
                tell(Step::Done { n, of, title });
            }
            Outcome::There => {
                done.present += 1;
                tell(Step::There { n, of, title });
            }
            Outcome::Refused(why) => {
                done.refused += 1;
                tell(Step::Lacking { title, why });
            }
        }
    }
    Ok(done)
}

/// From the people of the export to those who are here. Owners who are not are made members.
async fn people(
    resources: &Resources,
    from: &Path,
    manifest: &Manifest,
    made: &mut Vec<String>,
) -> Result<HashMap<UserId, UserId>> {
    let path = from.join(PEOPLE);
    let listed: Vec<Person> = read_json(&path)?;
    let mut people = HashMap::new();
    for person in listed {
        let email: Email = person
            .email
            .parse()
            .map_err(|_| damaged(&path, "a mail address that is none"))?;
        let here = resources
            .store
            .credentials(&email)
            .await?
            .map(|(user, _)| user.id);
        let owns = manifest
            .recordings
            .iter()
            .any(|item| item.owner == person.id);
        let here = match here {
            Some(id) => id,
            None if owns => {
                made.push(email.as_str().to_owned());
                add_member(resources, email, person.name).await?
            }
            None => continue,
        };
        people.insert(person.id, here);
    }
    Ok(people)
}

async fn add_member(resources: &Resources, email: Email, name: String) -> Result<UserId> {
    let now = resources.now();
    let user = User {
        id: UserId::new(now, resources.id_entropy()),
        email,
        name,
        role: Role::Member,
        created_at: now,
    };
    let made = resources
        .store
        .write(async |tx: &mut Tx| tx.insert_user(&user, None).await);
    made.await?;
    Ok(user.id)
}

/// Makes the folders that are not there; answers all of them.
async fn folders(
    resources: &Resources,
    from: &Path,
    people: &HashMap<UserId, UserId>,
    groups: &HashMap<GroupId, GroupId>,
) -> Result<Vec<FolderId>> {
    let mut all = Vec::new();
    for owner in people.keys() {
        let path = from.join(format!("folders-{owner}.json"));
        if !path.is_file() {
            continue;
        }
        let rows: Rows = read_json(&path)?;
        let write = resources.store.write(async |tx: &mut Tx| -> Result<_> {
            let rows = ForeignRows(&rows);
            let all = rows.insert_folders(tx, people, groups).await?;
            for owner in people.values() {
                settle_imported_folders(tx, *owner).await?;
            }
            Ok(all)
        });
        all.extend(write.await?);
    }
    Ok(all)
}

/// What of the export is here, and under which ids.
#[derive(Clone, Copy)]
struct Here<'a> {
    people: &'a HashMap<UserId, UserId>,
    folders: &'a [FolderId],
    groups: &'a HashMap<GroupId, GroupId>,
}

enum Outcome {
    Taken,
    There,
    Refused(String),
}

async fn recording(
    resources: &Resources,
    from: &Path,
    item: &Item,
    here: Here<'_>,
) -> Result<Outcome> {
    let store = &resources.store;
    if store.recording(item.id).await?.is_some() {
        return Ok(Outcome::There);
    }
    let slug: Slug = item
        .slug
        .parse()
        .map_err(|_| damaged(&from.join(MANIFEST), "a link that is none"))?;
    if store.recording_by_slug(&slug).await?.is_some() {
        return Ok(Outcome::Refused(
            "another recording here has its link; it was left out".to_owned(),
        ));
    }
    // A name, and no way out of the folder.
    if !item
        .folder
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        return Err(damaged(&from.join(MANIFEST), "a folder that is no name"));
    }
    let folder = from.join("recordings").join(&item.folder);
    let rows: Rows = read_json(&folder.join(ROWS))?;
    if rows.recording() != Some(item.id) {
        return Err(damaged(&folder.join(ROWS), "it is of another recording"));
    }
    let media: Media = read_json(&folder.join(MEDIA))?;
    let mut lacking = Vec::new();
    for track in &media.tracks {
        lacking.extend(
            track
                .lacking
                .iter()
                .map(|n| (track.track.to_string(), i64::from(*n))),
        );
        put_parts(resources, item, &folder, track).await?;
    }
    let has_pictures = put_pictures(resources, item, &folder, &media).await?;
    let attached = put_attachments(resources, item, &folder, &media).await?;
    let now = resources.now();
    let place = Place {
        people: here.people,
        groups: here.groups,
        folders: here.folders,
        lacking: &lacking,
        has_pictures,
        attached: &attached,
    };
    let has_picture_track = media
        .tracks
        .iter()
        .any(|t| t.track == TrackName::Video && !t.parts.is_empty());
    let write = store.write(async |tx: &mut Tx| -> Result<()> {
        // What a folder says stays so until the commit.
        if let Some(owner) = here.people.get(&item.owner) {
            folder_rows::held(tx, *owner).await?;
        }
        ForeignRows(&rows).insert(tx, place).await?;
        settle_imported(tx, item.id).await?;
        retention::begin_anew(tx, item.id, now).await?;
        if !has_pictures && has_picture_track {
            poster::on_finish(tx, &*resources.entropy, item.id, now).await?;
        }
        if has_picture_track {
            sprite::on_finish(tx, &*resources.entropy, item.id, now).await?;
            preview::on_finish(tx, &*resources.entropy, item.id, now).await?;
        }
        if !attached.is_empty() {
            let job = Job::MakeThumbnails { recording: item.id };
            let id = JobId::new(now, resources.id_entropy());
            jobs::enqueue(tx, &job, now, now, id).await?;
        }
        // A job of the old server was at it.
        let state = transcripts::state(tx, item.id).await?;
        if matches!(state, TranscriptState::Waiting | TranscriptState::Running) {
            transcripts::set_state(tx, item.id, TranscriptState::NoModel, now).await?;
        }
        Ok(())
    });
    match write.await {
        // Somebody else imports the same.
        Err(ImportError::Rows(RowsError::Store(error))) if error.is_duplicate() => {
            return Ok(Outcome::There);
        }
        written => written?,
    }
    transcript::take_up(resources, item.id).await?;
    resources.notify.notify(item.id);
    Ok(Outcome::Taken)
}

/// Puts every part of a track into the object store.
async fn put_parts(
    resources: &Resources,
    item: &Item,
    folder: &Path,
    track: &super::TrackFile,
) -> Result<()> {
    let ending = if track.track == TrackName::Events {
        "ndjson"
    } else {
        "mp4"
    };
    let path = folder
        .join(TRACKS)
        .join(format!("{}.{ending}", track.track));
    let file = open(&path)?;
    for part in &track.parts {
        let size = usize::try_from(part.size).unwrap_or(usize::MAX);
        if size > MAX_PART_BYTES {
            return Err(damaged(&path, "a part that is too large"));
        }
        let mut bytes = vec![0; size];
        file.read_exact_at(&mut bytes, part.offset)
            .map_err(|source| disk(&path, source))?;
        if Sha256::of(&bytes) != part.sha256 {
            return Err(damaged(&path, &format!("part {} was changed", part.number)));
        }
        let key = ObjectKey::Part {
            recording: item.id,
            track: track.track,
            number: part.number,
            sha256: part.sha256,
        };
        write_object(
            &resources.store,
            &resources.objects,
            &key,
            Bytes::from(bytes),
        )
        .await?;
    }
    Ok(())
}

/// Puts poster and thumbnail; says whether they were there.
async fn put_pictures(
    resources: &Resources,
    item: &Item,
    folder: &Path,
    media: &Media,
) -> Result<bool> {
    for (key, name) in &media.pictures {
        let key = ObjectKey::from_path(key).filter(|key| key.recording() == item.id);
        let (Some(key), "poster.jpg" | "thumbnail.jpg") = (key, name.as_str()) else {
            return Err(damaged(&folder.join(MEDIA), "a picture that is none"));
        };
        let path = folder.join(name);
        let size = fs::metadata(&path)
            .map_err(|source| disk(&path, source))?
            .len();
        if size > MAX_PICTURE {
            return Err(damaged(&path, "it is too large"));
        }
        let bytes = fs::read(&path).map_err(|source| disk(&path, source))?;
        write_object(
            &resources.store,
            &resources.objects,
            &key,
            Bytes::from(bytes),
        )
        .await?;
    }
    Ok(!media.pictures.is_empty())
}

/// Puts the files of comments; answers their paths in the object store.
async fn put_attachments(
    resources: &Resources,
    item: &Item,
    folder: &Path,
    media: &Media,
) -> Result<Vec<String>> {
    let mut attached = Vec::new();
    for (path, name) in &media.attachments {
        let none = || damaged(&folder.join(MEDIA), "a file of a comment that is none");
        let key = ObjectKey::from_path(path).ok_or_else(none)?;
        let ObjectKey::Attachment {
            recording,
            id,
            sha256,
        } = key
        else {
            return Err(none());
        };
        if recording != item.id || *name != format!("{ATTACHMENTS}/{id}") {
            return Err(none());
        }
        let place = folder.join(name);
        let file = open(&place)?;
        let hashed = hash(file, &place).await?;
        let (file, found, size) = hashed;
        if found != sha256 {
            return Err(damaged(&place, "it was changed"));
        }
        let (store, objects) = (&resources.store, &resources.objects);
        write_large_object(store, objects, &key, file, size).await?;
        attached.push(path.clone());
    }
    Ok(attached)
}

/// The hash and the length of a file, which is read piece by piece.
async fn hash(mut file: File, path: &Path) -> Result<(File, Sha256, u64)> {
    let read = tokio::task::spawn_blocking(move || {
        let mut hash = sha2::Sha256::new();
        let size = io::copy(&mut file, &mut hash)?;
        Ok((file, Sha256(hash.finalize().into()), size))
    });
    let read = read.await.map_err(|e| disk(path, io::Error::other(e)))?;
    read.map_err(|source| disk(path, source))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| disk(path, source))
}
