//! What a change shows, read once for all pages that are told of it at the same moment: two thousand open pages ask the database as often
//! as one.
//!
//! A moment ends with the next change of anything in this process, and after a quarter of a second in any case, because other processes may change
//! something without a word. So nobody gets what was read before something changed here.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use aside_protocol::id::{RecordingId, TokenId, UserId};
use tokio::sync::OnceCell;

use super::read_change::{Answer, Shown, answer, content};
use crate::domain::access::{Reader, Standing, Viewer};
use crate::domain::event::Change;
use crate::domain::recording::Recording;
use crate::domain::sharing::Audience;
use crate::resources::Resources;
use crate::store::Result;
use crate::track_cache::TrackCache;

/// As long as other processes' changes may take to be heard of.
const FRESH: Duration = Duration::from_millis(250);

/// Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct SharedReads(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    resources: Resources,
    tracks: TrackCache,
    moments: Mutex<HashMap<RecordingId, Arc<Moment>>>,
}

/// What was read of a recording while nothing changed.
#[derive(Debug, Default)]
struct Moment {
    generation: u64,
    rights: OnceCell<Option<Rights>>,
    present: OnceCell<BTreeSet<UserId>>,
    /// By the number of the event.
    changes: Mutex<HashMap<i64, Arc<Read>>>,
}

/// Who may watch a recording.
#[derive(Debug)]
struct Rights {
    recording: Recording,
    members: BTreeSet<UserId>,
    guests: BTreeSet<TokenId>,
}

#[derive(Debug, Default)]
struct Read {
    content: OnceCell<Option<Shown>>,
    text: Text,
}

/// A place for what all strangers are told in the same words.
pub type Text = Arc<OnceLock<Arc<str>>>;

/// What a reader gets.
#[derive(Debug)]
pub enum Told {
    /// The same as another stranger got: nothing is copied for it.
    Ready(Arc<str>),
    Answer {
        answer: Answer,
        /// Of a reader who gets the same as all strangers.
        text: Option<Text>,
    },
}

impl SharedReads {
    pub fn new(resources: Resources, tracks: TrackCache) -> Self {
        Self(Arc::new(Inner {
            resources,
            tracks,
            moments: Mutex::default(),
        }))
    }

    /// As [`super::read_change::read`], of the event of this number.
    pub async fn read(
        &self,
        reader: &Reader,
        recording: RecordingId,
        seq: i64,
        change: Change,
    ) -> Result<Told> {
        let Inner {
            resources, tracks, ..
        } = &*self.0;
        let moment = self.moment(recording);
        let read = Arc::clone(lock(&moment.changes).entry(seq).or_default());
        let load = || content(resources, recording, change);
        let content = read.content.get_or_try_init(load).await?;
        // Rights are read last: what they cover was there before.
        let load = || rights(resources, recording);
        let rights = moment.rights.get_or_try_init(load).await?;
        let now = resources.now();
        let refused = Told::Answer {
            answer: Answer::Refused,
            text: None,
        };
        let Some(rights) = rights else {
            return Ok(refused);
        };
        let standing = match reader.viewer {
            Viewer::Guest(guest) => Standing {
                named: rights.guests.contains(&guest),
                present: true,
            },
            _ => match reader.viewer.member() {
                Some(member) => {
                    let load = || resources.store.present_members();
                    let present = moment.present.get_or_try_init(load).await?;
                    Standing {
                        named: rights.members.contains(&member),
                        present: present.contains(&member),
                    }
                }
                None => Standing {
                    named: false,
                    present: true,
                },
            },
        };
        if !reader.may_watch(&rights.recording, standing, now) {
            return Ok(refused);
        }
        let stranger = matches!(reader.viewer, Viewer::Anonymous);
        if stranger && let Some(text) = read.text.get() {
            return Ok(Told::Ready(Arc::clone(text)));
        }
        let found = rights.recording.clone();
        let answer = answer(tracks, reader, found, change, content.clone());
        Ok(Told::Answer {
            answer: Box::pin(answer).await?,
            text: stranger.then(|| Arc::clone(&read.text)),
        })
    }

    fn moment(&self, recording: RecordingId) -> Arc<Moment> {
        let generation = self.0.resources.notify.generation();
        let mut moments = lock(&self.0.moments);
        if let Some(moment) = moments.get(&recording)
            && moment.generation == generation
        {
            return Arc::clone(moment);
        }
        let moment = Arc::new(Moment {
            generation,
            ..Moment::default()
        });
        moments.insert(recording, Arc::clone(&moment));
        drop(moments);
        let (inner, ends) = (Arc::downgrade(&self.0), Arc::clone(&moment));
        tokio::spawn(async move {
            tokio::time::sleep(FRESH).await;
            if let Some(inner) = inner.upgrade() {
                let mut moments = lock(&inner.moments);
                if moments
                    .get(&recording)
                    .is_some_and(|it| Arc::ptr_eq(it, &ends))
                {
                    moments.remove(&recording);
                }
            }
        });
        moment
    }
}

async fn rights(resources: &Resources, id: RecordingId) -> Result<Option<Rights>> {
    let store = &resources.store;
    let Some(recording) = store.recording(id).await? else {
        return Ok(None);
    };
    let open = recording.sharing.audience == Audience::Link && recording.sharing.password.is_none();
    let (members, guests) = if open {
        (BTreeSet::new(), BTreeSet::new())
    } else {
        let members = store.named_members(id).await?;
        (members, store.named_guests(id, resources.now()).await?)
    };
    Ok(Some(Rights {
        recording,
        members,
        guests,
    }))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
