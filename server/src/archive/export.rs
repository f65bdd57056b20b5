//! Recordings out.

use std::collections::BTreeMap;
use std::path::Path;

use aside_protocol::id::UserId;

use super::export_error::Result;
use super::output::{make_folder, write, write_json};
use super::page;
use super::stage::Stage;
use super::{
    FORMAT, Item, MANIFEST, MEDIA, Manifest, Media, PEOPLE, Person, ROWS, Step, TRACKS, text,
};
use crate::domain::account::User;
use crate::domain::recording::Recording;
use crate::objects::{ObjectError, ObjectKey};
use crate::resources::Resources;

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
    let owners = match wanted.owner {
        Some(owner) => vec![owner],
        None => store.folder_owners().await?,
    };
    run.folders(&owners).await?;
    run.rest(&items, resources.now().micros(), audit_of)?;
    let done = run.done;
    stage.finish()?;
    Ok(done)
}

/// One export on its way.
pub(super) struct Run<'a> {
    pub(super) resources: &'a Resources,
    pub(super) root: &'a Path,
    /// Who is named by what was exported, those who were deactivated too.
    pub(super) named: BTreeMap<UserId, User>,
    one_file: bool,
    pub(super) done: Exported,
    pub(super) tell: &'a mut dyn FnMut(Step),
}

impl Run<'_> {
    pub(super) fn lacks(&mut self, title: &str, why: &str) {
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

    pub(super) fn name(&self, id: UserId) -> String {
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

    /// Writes the folders of these people, and names whom they are shared with.
    async fn folders(&mut self, owners: &[UserId]) -> Result<()> {
        for owner in owners {
            let rows = self.resources.store.folder_rows(*owner).await?;
            for person in rows.people() {
                self.names(person).await?;
            }
            write_json(&self.root.join(format!("folders-{owner}.json")), &rows)?;
        }
        Ok(())
    }

    /// What stands beside the recordings; the manifest at last.
    fn rest(&self, items: &[(Item, bool)], now: i64, audit_of: Option<String>) -> Result<()> {
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
