//! Commits parts in groups: one transaction, and so one sync of the disk, for all that arrived
//! while the last one ran. Fifty takes at once cost little more than one.
//!
//! The order of every promise: object first, row second, receipt third. The object is written
//! before a part comes here; the receipt is given when [`PartWriter::commit`] answers.

use std::collections::HashSet;
use std::sync::Arc;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::{Kind, RecordingState, TrackName};
use aside_protocol::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::domain::event::Change;
use crate::domain::recording::PartRow;
use crate::domain::upload::{PartRefusal, Place, Told, place};
use crate::resources::Resources;
use crate::service::parts_again::on_parts_again;
use crate::service::write_object::ROW_WITHIN;
use crate::service::{key_of, poster, told, transcript};
use crate::store::stored::NamedPart;
use crate::store::{StoreError, Tx, events, tombstones};

/// Most parts in one transaction.
const GROUP: usize = 64;

/// A part whose object is durable, on its way to its row.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPart {
    pub recording: RecordingId,
    pub track: TrackName,
    pub row: PartRow,
    /// What it says that is kept in rows of its own; nothing but in parts of the track `events`.
    pub told: Arc<Told>,
    /// When the writing of the object began.
    pub since: Timestamp,
}

impl NewPart {
    fn named(&self) -> NamedPart {
        NamedPart {
            recording: self.recording,
            track: self.track,
            number: self.row.number,
            sha256: self.row.sha256,
        }
    }
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    New,
    /// The same bytes were here already.
    Known(PartRow),
    Refused(NotTaken),
    /// The object was written so long ago that it may have been removed since: write it again.
    Late,
}

/// Why a part got no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error(transparent)]
    Part(#[from] PartRefusal),
    #[error("Other bytes are held under this number.")]
    Taken,
    #[error("This recording is finished.")]
    Finished,
    #[error("This recording was deleted.")]
    Deleted,
    #[error("There is no such recording.")]
    NoSuchRecording,
}

/// Why nothing can be said about a part: it may or may not have a row; asking again is safe.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriterError {
    #[error("{0}")]
    Store(Arc<StoreError>),
    #[error("the part writer has stopped")]
    Stopped,
}

type Answer = Result<Committed, WriterError>;
type Waiting = (NewPart, oneshot::Sender<Answer>);

/// Hands parts to the one task that writes them. Cheap to clone; the task ends with the last clone.
#[derive(Debug, Clone)]
pub struct PartWriter(mpsc::Sender<Waiting>);

impl PartWriter {
    /// Starts the task on the current runtime.
    pub fn start(resources: Resources) -> Self {
        let (sender, receiver) = mpsc::channel(GROUP);
        tokio::spawn(Task(resources).run(receiver));
        Self(sender)
    }

    /// Durable when it answers `New` or `Known`. A caller that goes away meanwhile takes nothing
    /// back: the part is written all the same.
    pub async fn commit(&self, part: NewPart) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.0
            .send((part, answer))
            .await
            .map_err(|_| WriterError::Stopped)?;
        answered.await.map_err(|_| WriterError::Stopped)?
    }
}

struct Task(Resources);

impl Task {
    async fn run(self, mut inbox: mpsc::Receiver<Waiting>) {
        let mut group = Vec::with_capacity(GROUP);
        while inbox.recv_many(&mut group, GROUP).await > 0 {
            // Rows of one recording in a row; and every server locks recordings in the same order.
            group.sort_by_key(|(part, _)| (part.recording, part.track, part.row.number));
            let parts: Vec<NewPart> = group.iter().map(|(part, _)| part.clone()).collect();
            let answers = self.write_group(&parts).await;
            let changed: HashSet<RecordingId> = parts
                .iter()
                .zip(&answers)
                .filter(|(_, a)| matches!(a, Ok(Committed::New)))
                .map(|(p, _)| p.recording)
                .collect();
            for recording in changed {
                self.0.notify.notify(recording);
            }
            for ((_, waiting), answer) in group.drain(..).zip(answers) {
                // Whoever asked may be gone.
                let _ = waiting.send(answer);
            }
        }
    }

    async fn write_group(&self, parts: &[NewPart]) -> Vec<Answer> {
        match self.write(parts).await {
            Ok(done) => done.into_iter().map(Ok).collect(),
            Err(error) if parts.len() == 1 => vec![Err(WriterError::Store(Arc::new(error)))],
            Err(_) => {
                // One of them spoiled the transaction for all: find out which, one by one.
                let mut answers = Vec::with_capacity(parts.len());
                for part in parts {
                    let alone = self.write(std::slice::from_ref(part)).await;
                    answers.push(match alone {
                        Ok(done) => done.into_iter().next().ok_or(WriterError::Stopped),
                        Err(error) => Err(WriterError::Store(Arc::new(error))),
                    });
                }
                answers
            }
        }
    }

    async fn write(&self, parts: &[NewPart]) -> Result<Vec<Committed>, StoreError> {
        let now = self.0.now();
        self.0
            .store
            .write(async |tx: &mut Tx| {
                let mut done = Vec::with_capacity(parts.len());
                let mut changes = Vec::new();
                for (i, part) in parts.iter().enumerate() {
                    let first = i == 0 || parts[i - 1].recording != part.recording;
                    done.push(self.write_one(tx, part, first, now, &mut changes).await?);
                }
                // After the locks of all recordings: writers of events hold the lock of the events last.
                for (recording, change) in changes {
                    events::append(tx, recording, change, now).await?;
                }
                Ok(done)
            })
            .await
    }

    /// As [`Self::decide`]; the object of a part that was refused is remembered as deleted.
    async fn write_one(
        &self,
        tx: &mut Tx,
        part: &NewPart,
        first: bool,
        now: Timestamp,
        changes: &mut Vec<(RecordingId, Change)>,
    ) -> Result<Committed, StoreError> {
        let done = self.decide(tx, part, first, now, changes).await?;
        let key = key_of(&part.named()).path();
        match &done {
            Committed::New => tombstones::remove(tx, key.as_ref()).await?,
            Committed::Refused(_) => tombstones::add(tx, key.as_ref(), now).await?,
            Committed::Known(_) | Committed::Late => {}
        }
        Ok(done)
    }

    /// `changes` gets what open pages are to be told: what the part says, that its sender is heard again, which ends an
    /// interruption, and that a file is made again.
    async fn decide(
        &self,
        tx: &mut Tx,
        part: &NewPart,
        first: bool,
        now: Timestamp,
        changes: &mut Vec<(RecordingId, Change)>,
    ) -> Result<Committed, StoreError> {
        let NewPart {
            recording,
            track,
            row,
            since,
            ref told,
        } = *part;
        if since.plus(ROW_WITHIN) < now {
            return Ok(Committed::Late);
        }
        if first {
            tx.lock_recording(recording).await?;
        }
        let Some(found) = tx.recording(recording).await? else {
            return Ok(Committed::Refused(NotTaken::NoSuchRecording));
        };
        if found.deleted_at.is_some() {
            return Ok(Committed::Refused(NotTaken::Deleted));
        }
        if first {
            tx.touch_recording(recording, now).await?;
            if found.state(now) == RecordingState::Interrupted {
                // The recorder that had paused is gone: who sends now brings what it left behind.
                tx.heartbeat(recording, now, None).await?;
                changes.push((recording, Change::Recording));
            }
        }
        match place(&row, &tx.neighbours(recording, track, row.number).await?) {
            Err(refusal) => Ok(Committed::Refused(refusal.into())),
            Ok(Place::Taken) => Ok(Committed::Refused(NotTaken::Taken)),
            Ok(Place::Known(known)) => Ok(Committed::Known(known)),
            Ok(Place::Lost(_)) => {
                tx.set_lost(&part.named(), None).await?;
                let entropy = &*self.0.entropy;
                if track == TrackName::Audio {
                    transcript::on_audio_part(tx, entropy, recording, now).await?;
                }
                let again = on_parts_again(tx, entropy, &found, &[track], now).await?;
                changes.extend(again.map(|change| (recording, change)));
                Ok(Committed::New)
            }
            Ok(Place::New) if found.finished_at.is_some() => {
                Ok(Committed::Refused(NotTaken::Finished))
            }
            Ok(Place::New) => {
                tx.insert_part(recording, track, &row, now).await?;
                match track.kind() {
                    Kind::Audio if track == TrackName::Audio => {
                        transcript::on_audio_part(tx, &*self.0.entropy, recording, now).await?;
                    }
                    Kind::Video if track == TrackName::Video && row.number == 0 => {
                        poster::on_first_video_part(tx, &*self.0.entropy, recording, now).await?;
                    }
                    Kind::Data => {
                        let told = told::keep(tx, &*self.0.entropy, recording, told, now).await?;
                        changes.extend(told.into_iter().map(|change| (recording, change)));
                    }
                    _ => {}
                }
                Ok(Committed::New)
            }
        }
    }
}
