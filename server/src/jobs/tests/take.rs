//! A take, landing part by part as the upload would land it.

use std::sync::Arc;

use aside_protocol::cmaf::{read_init, read_part};
use aside_protocol::id::{RecordingId, Slug, UserId};
use aside_protocol::recording::{FIRST_INIT, Sha256, TrackName};
use aside_protocol::upload::FinishTrack;
use bytes::Bytes;

use super::material::Encoded;
use crate::app::App;
use crate::domain::account::{Role, User};
use crate::domain::event::Change;
use crate::domain::job::Job;
use crate::domain::recording::{LaterInit, PartRow, Recording, Track};
use crate::domain::sharing::{Audience, Sharing};
use crate::domain::transcript::{TranscriptState, Word};
use crate::domain::upload::Finished;
use crate::objects::ObjectKey;
use crate::service::upload::finish::finish;
use crate::service::upload::writer::{Committed, NewPart};
use crate::service::write_object::write_object;
use crate::store::jobs::Listed;
use crate::store::transcripts::{self, TranscriptRow};
use crate::store::{StoreError, Tx};

/// The version behind the first.
const SECOND: u32 = FIRST_INIT + 1;

pub(super) struct Take {
    pub(super) app: App,
    pub(super) id: RecordingId,
    tracks: Vec<(TrackName, Encoded)>,
    landed: Vec<usize>,
    /// Tracks whose later parts are decoded with another init: from which part on, and its hash.
    changes: Vec<(TrackName, u32, Sha256)>,
}

impl Take {
    /// Announced, nothing has landed.
    pub(super) async fn new(app: &App, tracks: Vec<(TrackName, Encoded)>) -> Self {
        let now = app.now();
        let id = RecordingId::new(now, app.id_entropy());
        let owner = UserId::new(now, app.id_entropy());
        let user = User {
            id: owner,
            email: format!("{owner}@example.org").parse().unwrap(),
            name: "Ada".to_owned(),
            role: Role::Member,
            created_at: now,
        };
        let recording = Recording {
            id,
            slug: Slug::from_entropy(&app.entropy.array::<40>()).unwrap(),
            owner,
            title: String::new(),
            sharing: Sharing::with(Audience::Link),
            started_at: now,
            created_at: now,
            last_part_at: now,
            last_seen_at: None,
            paused_at: None,
            finished_at: None,
            deleted_at: None,
            poster_key: None,
            thumbnail_key: None,
            share_epoch: 0,
            version: 1,
        };
        let rows: Vec<Track> = tracks.iter().map(|(name, t)| row(*name, &t.init)).collect();
        app.store
            .write(async |tx: &mut Tx| -> Result<(), StoreError> {
                tx.insert_user(&user, None).await?;
                tx.insert_recording(&recording).await?;
                for row in &rows {
                    tx.insert_track(id, row).await?;
                }
                Ok(())
            })
            .await
            .unwrap();
        let landed = vec![0; tracks.len()];
        Self {
            app: app.clone(),
            id,
            tracks,
            landed,
            changes: Vec::new(),
        }
    }

    /// From part `first` on a track is decoded with this init.
    pub(super) async fn change_init(&mut self, track: TrackName, first: u32, init: Vec<u8>) {
        let sha256 = Sha256::of(&init);
        let later = LaterInit {
            version: SECOND,
            codec: read_init(&init).unwrap().codec,
            width: None,
            height: None,
            init: init.into(),
        };
        let id = self.id;
        self.app
            .store
            .write(async |tx: &mut Tx| tx.insert_init(id, track, &later).await)
            .await
            .unwrap();
        self.changes.push((track, first, sha256));
    }

    /// Everything lands and the take ends.
    pub(super) async fn whole(app: &App, tracks: Vec<(TrackName, Encoded)>) -> Self {
        let mut take = Self::new(app, tracks).await;
        take.land_all().await;
        take.finish().await;
        take
    }

    pub(super) async fn land_all(&mut self) {
        while self.land().await {}
    }

    /// The next part of every track lands; answers whether there was one.
    pub(super) async fn land(&mut self) -> bool {
        let mut any = false;
        for i in 0..self.tracks.len() {
            let (name, track) = &self.tracks[i];
            let number = self.landed[i];
            if let Some(part) = track.parts.get(number).cloned() {
                self.put(*name, u32::try_from(number).unwrap(), part).await;
                self.landed[i] += 1;
                any = true;
            }
        }
        any
    }

    pub(super) async fn put(&self, track: TrackName, number: u32, part: Bytes) {
        let info = read_part(&part, track.kind()).unwrap().info;
        let sha256 = Sha256::of(&part);
        let row = PartRow {
            number,
            start: info.start,
            duration: info.duration,
            independent: info.independent,
            size: part.len() as u64,
            sha256,
            init: self.init_of(track, number),
        };
        let key = ObjectKey::Part {
            recording: self.id,
            track,
            number,
            sha256,
        };
        write_object(&self.app.store, &self.app.objects, &key, part)
            .await
            .unwrap();
        let committed = self
            .app
            .parts
            .commit(NewPart {
                recording: self.id,
                track,
                row,
                told: Arc::default(),
                since: self.app.now(),
            })
            .await
            .unwrap();
        assert_eq!(committed, Committed::New);
    }

    fn init_of(&self, track: TrackName, number: u32) -> u32 {
        let later =
            |(name, first, _): &&(TrackName, u32, Sha256)| *name == track && number >= *first;
        match self.changes.iter().find(later) {
            Some(_) => SECOND,
            None => FIRST_INIT,
        }
    }

    pub(super) async fn finish(&self) {
        let inits = |track: TrackName| {
            let of_track = self.changes.iter().filter(move |(name, ..)| *name == track);
            of_track.map(|(_, _, sha256)| *sha256).collect()
        };
        let made: Vec<FinishTrack> = self
            .tracks
            .iter()
            .zip(&self.landed)
            .map(|((name, t), n)| FinishTrack {
                name: *name,
                parts: t.parts[..*n].iter().map(|p| Sha256::of(p)).collect(),
                inits: inits(*name),
            })
            .collect();
        let app = &self.app;
        let finished = finish(app, self.id, &made).await.unwrap();
        assert!(matches!(finished, Finished::Yes { .. }), "{finished:?}");
    }

    /// How many streams one file of it has.
    pub(super) fn streams(&self) -> usize {
        let seen = |(name, _): &&(TrackName, Encoded)| *name != TrackName::Camera;
        self.tracks.iter().filter(seen).count()
    }

    /// The object of a part disappears; its row stays.
    pub(super) async fn lose(&self, track: TrackName, number: u32) {
        let rows = self
            .app
            .store
            .stored_parts(self.id, track, number, number)
            .await;
        let key = ObjectKey::Part {
            recording: self.id,
            track,
            number,
            sha256: rows.unwrap()[0].sha256,
        };
        self.app.objects.delete(&key).await.unwrap();
    }

    /// Finished, without a look at the objects.
    pub(super) async fn finish_rows(&self) {
        let (app, now) = (&self.app, self.app.now());
        app.store
            .write(async |tx: &mut Tx| -> Result<(), StoreError> {
                tx.finish_recording(self.id, now).await?;
                crate::service::transcript::on_finish(tx, &*app.entropy, self.id, now).await
            })
            .await
            .unwrap();
    }

    /// The words as an open page has them, from the events alone.
    pub(super) async fn told_words(&self) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        for change in self.events().await {
            if let Change::Words { first, count } = change {
                words.truncate(usize::try_from(first).unwrap());
                words.extend(
                    self.app
                        .store
                        .words_from(self.id, first, count)
                        .await
                        .unwrap(),
                );
            }
        }
        words
    }

    pub(super) async fn row(&self) -> Option<TranscriptRow> {
        self.app
            .store
            .write(async |tx: &mut Tx| transcripts::row(tx, self.id).await)
            .await
            .unwrap()
    }

    pub(super) async fn state(&self) -> TranscriptState {
        self.row().await.map_or(TranscriptState::None, |r| r.state)
    }

    pub(super) async fn words(&self) -> Vec<Word> {
        self.app.store.words(self.id).await.unwrap()
    }

    pub(super) async fn text(&self) -> String {
        let words: Vec<String> = self.words().await.into_iter().map(|w| w.text).collect();
        words.join(" ")
    }

    /// What open pages were told.
    pub(super) async fn events(&self) -> Vec<Change> {
        let events = self
            .app
            .store
            .recording_events_after(self.id, 0, 10_000)
            .await
            .unwrap();
        events.into_iter().map(|e| e.change.unwrap()).collect()
    }

    /// The jobs about this recording, but for those that look through what others made.
    pub(super) async fn jobs(&self) -> Vec<Listed> {
        let jobs = self.app.store.jobs().await.unwrap();
        let later = |job: &Job| {
            matches!(
                job,
                Job::MakeSprite { .. } | Job::MakePreview { .. } | Job::SuggestText { .. }
            )
        };
        jobs.into_iter()
            .filter(|j| !later(&j.job))
            .filter(|j| j.job.dedup_key().ends_with(&self.id.to_string()))
            .collect()
    }
}

fn row(name: TrackName, init: &[u8]) -> Track {
    let read = read_init(init).unwrap();
    Track {
        name,
        codec: read.codec,
        timescale: read.timescale,
        width: None,
        height: None,
        init: init.to_vec().into(),
        later: Vec::new(),
    }
}
