//! What recordings hold, read once for everybody who watches them: rows of `parts` never change, so bringing a recording
//! up to date costs only the rows that came since.
//!
//! However many viewers wait for the next part, one of them reads the rows when it lands; the others get the same
//! [`View`]. A view is as new as the last [`Notify::notify`] of this process, and at most [`POLL_INTERVAL`] behind what other
//! processes wrote.
//! - Only each track's run from part 0 is kept.
//! - Nothing here decides who may see it: that is asked of the view's recording, each time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use bytes::Bytes;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::domain::recording::{self, PartRow, Recording, StoredPart, is_timed_by, run_length};
use crate::notify::{Notify, Subscriber};
use crate::playlist::{Listing, Part, Timeline, Track};
use crate::store::{Result, Store};

/// How often rows written by other processes are looked for while somebody watches.
pub const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Parts kept of all recordings together: some 40 MB.
const MAX_PARTS: u64 = 500_000;
/// A recording nobody has asked for this long is forgotten.
const IDLE: Duration = Duration::from_secs(300);

/// A recording at one moment.
#[derive(Debug)]
pub struct View {
    pub recording: Recording,
    /// When this process saw the newest part or heartbeat arrive, by [`Clock::monotonic`]; none while it has seen none arrive.
    heard: Option<Duration>,
    /// The tracks that are played, by name.
    pub tracks: Vec<Arc<TrackView>>,
}

impl View {
    pub fn track(&self, name: TrackName) -> Option<&Arc<TrackView>> {
        self.tracks.iter().find(|t| t.listing.track().name == name)
    }

    /// Whether no more parts are expected.
    pub fn is_over(&self, clock: &dyn Clock) -> bool {
        let heard = self.heard.map(|at| clock.monotonic().saturating_sub(at));
        self.recording.is_over(clock.now(), heard)
    }

    /// Length in milliseconds of the longest track that counts: see [`is_timed_by`].
    pub fn length_ms(&self) -> u64 {
        let counting = self.tracks.iter().map(|t| &t.listing);
        let counting = counting.filter(|listing| is_timed_by(listing.track().name));
        let ends = counting.map(|listing| listing.end().millis());
        ends.max().map_or(0, |ms| u64::try_from(ms).unwrap_or(0))
    }
}

/// A track at one moment.
#[derive(Debug)]
pub struct TrackView {
    pub listing: Listing,
    /// `ftyp` + `moov`, by version.
    inits: Inits,
    rows: Arc<RwLock<Vec<StoredPart>>>,
    texts: texts::Texts,
}

mod texts;
pub use texts::Text;

/// The versions of a track's init, ascending.
type Inits = Arc<[(u32, Bytes)]>;

impl TrackView {
    /// `ftyp` + `moov` of a version.
    pub fn init(&self, version: u32) -> Option<&Bytes> {
        let found = self.inits.iter().find(|(held, _)| *held == version);
        found.map(|(_, init)| init)
    }

    /// What names the objects of parts `first` to `last` (both included), if all of them are in the run.
    pub fn stored(&self, first: u32, last: u32) -> Option<Vec<StoredPart>> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        let range = usize::try_from(first).ok()?..=usize::try_from(last).ok()?;
        rows.get(range).map(<[_]>::to_vec)
    }
}

/// Cheap to clone; all clones are one cache.
#[derive(Debug, Clone)]
pub struct TrackCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    notify: Notify,
    clock: Arc<dyn Clock>,
    entries: moka::sync::Cache<RecordingId, Arc<Entry>>,
    /// Ages are counted from here.
    began: Instant,
}

/// One recording.
#[derive(Debug)]
struct Entry {
    subscriber: Subscriber,
    /// Whoever holds it reads rows; the others wait for what it finds.
    tracks: Mutex<Option<Tracks>>,
    view: watch::Sender<Option<Arc<View>>>,
    /// What [`Subscriber::count`] said, and the milliseconds since [`Inner::began`], before the view was read.
    seen: AtomicU64,
    read_at: AtomicU64,
}

/// The tracks of a recording, and the parts that were missing when they were read.
#[derive(Debug)]
struct Tracks {
    all: Vec<Growing>,
    lost: BTreeSet<(TrackName, u32)>,
}

/// A track and what reading it further needs.
#[derive(Debug)]
struct Growing {
    timeline: Timeline,
    rows: Arc<RwLock<Vec<StoredPart>>>,
    view: Arc<TrackView>,
}

impl TrackCache {
    pub fn new(store: Store, notify: Notify, clock: Arc<dyn Clock>) -> Self {
        let weigh = |_: &RecordingId, entry: &Arc<Entry>| entry.weight();
        Self(Arc::new(Inner {
            store,
            notify,
            clock,
            entries: moka::sync::Cache::builder()
                .weigher(weigh)
                .max_capacity(MAX_PARTS)
                .time_to_idle(IDLE)
                .build(),
            began: now(),
        }))
    }

    /// The recording, deleted or not, as the rows tell now; `None` where there is none.
    pub async fn view(&self, id: RecordingId) -> Result<Option<Arc<View>>> {
        let entry = self.0.entries.get_with(id, || Arc::new(self.entry(id)));
        if self.is_fresh(&entry) {
            return Ok(entry.view.borrow().clone());
        }
        let mut tracks = entry.tracks.lock().await;
        if !self.is_fresh(&entry) {
            self.read(id, &entry, &mut tracks).await?;
        }
        Ok(entry.view.borrow().clone())
    }

    /// The view of a recording whose row was just read: the database is asked only for what changed since.
    pub async fn view_of(&self, recording: &Recording) -> Result<Option<Arc<View>>> {
        if let Some(entry) = self.0.entries.get(&recording.id) {
            let view = entry.view.borrow().clone();
            // Whatever adds a part changes the row or was told here.
            let same = view.as_ref().is_some_and(|v| v.recording == *recording);
            if same && entry.subscriber.count() == entry.seen.load(Ordering::Acquire) {
                return Ok(view);
            }
        }
        self.view(recording.id).await
    }

    /// Length in milliseconds of a recording that will not grow any more; none while it may.
    pub async fn final_length_ms(&self, recording: &Recording) -> Result<Option<u64>> {
        if recording.finished_at.is_none() {
            return Ok(None);
        }
        let view = self.view(recording.id).await?;
        Ok(view.map(|view| view.length_ms()))
    }

    fn entry(&self, id: RecordingId) -> Entry {
        Entry {
            subscriber: self.0.notify.subscribe(id),
            tracks: Mutex::default(),
            view: watch::Sender::default(),
            seen: AtomicU64::new(0),
            read_at: AtomicU64::new(u64::MAX),
        }
    }

    fn is_fresh(&self, entry: &Entry) -> bool {
        let read_at = entry.read_at.load(Ordering::Acquire);
        let age = self.age_ms().checked_sub(read_at);
        age.is_some_and(|ms| u128::from(ms) < POLL_INTERVAL.as_millis())
            && entry.subscriber.count() == entry.seen.load(Ordering::Acquire)
    }

    fn age_ms(&self) -> u64 {
        u64::try_from((now() - self.0.began).as_millis()).unwrap_or(u64::MAX)
    }

    async fn read(
        &self,
        id: RecordingId,
        entry: &Arc<Entry>,
        tracks: &mut Option<Tracks>,
    ) -> Result<()> {
        let (seen, read_at) = (entry.subscriber.count(), self.age_ms());
        let store = &self.0.store;
        let before = entry.view.borrow().clone();
        let weight = entry.weight();
        let recording = store.recording(id).await?;
        let lost = store.lost_parts(id).await?;
        // What is listed is never rewritten: a part that was lost, or is there again, makes new tracks.
        _ = tracks.take_if(|known| known.lost != lost);
        let finished = |r: &Recording| r.finished_at.is_some();
        match &recording {
            None => *tracks = None,
            // The parts of a finished recording are all there.
            Some(now)
                if tracks.is_some()
                    && finished(now)
                    && before.as_deref().is_some_and(|b| finished(&b.recording)) => {}
            Some(_) => {
                if tracks.is_none() {
                    let rows = store.tracks(id).await?.into_iter();
                    let played = rows.filter(|t| is_played(t.name));
                    let all = played.map(|row| Growing::new(&row)).collect();
                    *tracks = Some(Tracks { all, lost });
                }
                if let Some(Tracks { all, lost }) = tracks {
                    for track in all {
                        track.read(store, id, lost).await?;
                    }
                }
            }
        }
        let views: Vec<Arc<TrackView>> = tracks
            .iter()
            .flat_map(|known| &known.all)
            .map(|t| Arc::clone(&t.view))
            .collect();
        // Compared with what was shown, not with what this call read: an earlier one may have ended half-way.
        let same_tracks = before.as_deref().is_some_and(|b| {
            b.tracks.len() == views.len()
                && b.tracks.iter().zip(&views).all(|(a, b)| Arc::ptr_eq(a, b))
        });
        let same =
            before.as_deref().map(|view| &view.recording) == recording.as_ref() && same_tracks;
        if !same || before.is_none() {
            let view = recording.map(|recording| {
                let seen = before.as_deref().and_then(|b| {
                    let parts = |tracks: &[Arc<TrackView>]| -> Vec<u32> {
                        tracks.iter().map(|t| t.listing.next()).collect()
                    };
                    let came = parts(&b.tracks) != parts(&views)
                        || signs(&b.recording) != signs(&recording);
                    if came {
                        Some(self.0.clock.monotonic())
                    } else {
                        b.heard
                    }
                });
                Arc::new(View {
                    heard: seen,
                    recording,
                    tracks: views,
                })
            });
            entry.view.send_replace(view);
        }
        entry.seen.store(seen, Ordering::Release);
        entry.read_at.store(read_at, Ordering::Release);
        // The cache weighs an entry when it is put in.
        if entry.weight() > weight + weight / 4 {
            self.0.entries.insert(id, Arc::clone(entry));
        }
        Ok(())
    }
}

impl Entry {
    /// Parts, and one for the entry itself.
    fn weight(&self) -> u32 {
        let view = self.view.borrow();
        let tracks = view.iter().flat_map(|view| &view.tracks);
        tracks
            .map(|t| t.listing.next())
            .sum::<u32>()
            .saturating_add(1)
    }
}

impl Growing {
    fn new(row: &recording::Track) -> Self {
        let inits = inits_of(row);
        let timeline = Timeline::new(Track {
            name: row.name,
            codec: row.widest_codec().to_owned(),
            timescale: row.timescale,
            size: row.width.zip(row.height),
        });
        let rows = Arc::default();
        let view = Arc::new(TrackView::new(timeline.listing(), inits, Arc::clone(&rows)));
        Self {
            timeline,
            rows,
            view,
        }
    }

    /// Reads the parts that came since; those in `lost` become gaps.
    async fn read(
        &mut self,
        store: &Store,
        id: RecordingId,
        lost: &BTreeSet<(TrackName, u32)>,
    ) -> Result<()> {
        let next = self.timeline.next();
        let name = self.view.listing.track().name;
        let found = store.parts_from(id, name, next).await?;
        let run = run_length(next, found.iter().map(|row| row.number));
        if run == 0 {
            return Ok(());
        }
        let mut inits = Arc::clone(&self.view.inits);
        let known = |version| inits.iter().any(|(held, _)| *held == version);
        if !found[..run].iter().all(|row| known(row.init))
            && let Some(track) = store.track(id, name).await?
        {
            self.timeline.set_codec(track.widest_codec());
            inits = inits_of(&track);
        }
        {
            let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
            for row in &found[..run] {
                self.timeline
                    .push(part(row, lost.contains(&(name, row.number))));
                rows.push(StoredPart {
                    number: row.number,
                    size: row.size,
                    sha256: row.sha256,
                    init: row.init,
                });
            }
        }
        self.view = Arc::new(TrackView::new(
            self.timeline.listing(),
            inits,
            Arc::clone(&self.rows),
        ));
        Ok(())
    }
}

impl TrackView {
    fn new(listing: Listing, inits: Inits, rows: Arc<RwLock<Vec<StoredPart>>>) -> Self {
        Self {
            listing,
            inits,
            rows,
            texts: texts::Texts::default(),
        }
    }
}

fn inits_of(track: &recording::Track) -> Inits {
    let inits = track.inits().map(|(version, init)| (version, init.clone()));
    inits.collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the age of a cached value by the runtime's own timer; no rule looks at it"
)]
fn now() -> Instant {
    Instant::now()
}

/// What changes with every part and every heartbeat.
const fn signs(recording: &Recording) -> (Timestamp, Option<Timestamp>) {
    (recording.last_part_at, recording.last_seen_at)
}

const fn is_played(name: TrackName) -> bool {
    matches!(
        name,
        TrackName::Video | TrackName::Audio | TrackName::Camera
    )
}

const fn part(row: &PartRow, lost: bool) -> Part {
    Part {
        number: row.number,
        start: row.start,
        duration: row.duration,
        independent: row.independent,
        size: row.size,
        init: row.init,
        lost,
    }
}
