//! Rows of `recordings`, `tracks` and `parts`.

use aside_protocol::id::{FolderId, RecordingId, Slug, UserId};
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::cell::Table;
use super::shares::named;
use super::{Result, Store, StoreError, Tx, expect_one};
use crate::domain::access::Seen;
use crate::domain::recording::{LaterInit, PartRow, Recording, Track, end_ms, is_timed_by};
use crate::domain::sharing::{FromFolder, Sharing};
use crate::{in_tx, on_db};

#[derive(sqlx::FromRow)]
pub(super) struct RecordingRow {
    id: Uuid,
    slug: String,
    owner_id: Uuid,
    title: String,
    audience: String,
    started_at: i64,
    created_at: i64,
    last_part_at: i64,
    last_seen_at: Option<i64>,
    paused_at: Option<i64>,
    finished_at: Option<i64>,
    deleted_at: Option<i64>,
    poster_key: Option<String>,
    thumbnail_key: Option<String>,
    share_epoch: i64,
    version: i64,
    share_ends_at: Option<i64>,
    password: Option<i64>,
    comments_by: String,
    downloads: bool,
    embed: String,
    shared_folder: Option<Uuid>,
    own_audience: Option<String>,
    narrowed: bool,
}

impl RecordingRow {
    pub(super) const fn id(&self) -> Uuid {
        self.id
    }
}

impl TryFrom<RecordingRow> for Recording {
    type Error = StoreError;
    fn try_from(row: RecordingRow) -> Result<Self> {
        let slug = Slug::try_from(row.slug.clone())
            .map_err(|_| StoreError::inconsistent("recordings", "slug", row.slug))?;
        let table = Table("recordings");
        let sharing = Sharing {
            audience: table.parsed("audience", row.audience)?,
            from_folder: FromFolder {
                folder: row.shared_folder.map(FolderId),
                own: row
                    .own_audience
                    .map(|text| table.parsed("own_audience", text))
                    .transpose()?,
                narrowed: row.narrowed,
            },
            ends_at: row.share_ends_at.map(Timestamp::from_micros),
            password: row.password,
            comments: table.parsed("comments_by", row.comments_by)?,
            download: row.downloads,
            embed: serde_json::from_str(&row.embed)
                .map_err(|_| StoreError::inconsistent("recordings", "embed", row.embed))?,
        };
        Ok(Self {
            id: RecordingId(row.id),
            slug,
            owner: UserId(row.owner_id),
            title: row.title,
            sharing,
            started_at: Timestamp::from_micros(row.started_at),
            created_at: Timestamp::from_micros(row.created_at),
            last_part_at: Timestamp::from_micros(row.last_part_at),
            last_seen_at: row.last_seen_at.map(Timestamp::from_micros),
            paused_at: row.paused_at.map(Timestamp::from_micros),
            finished_at: row.finished_at.map(Timestamp::from_micros),
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
            poster_key: row.poster_key,
            thumbnail_key: row.thumbnail_key,
            share_epoch: row.share_epoch,
            version: row.version,
        })
    }
}

#[derive(sqlx::FromRow)]
struct TrackRow {
    name: String,
    codec: String,
    timescale: i64,
    width: Option<i64>,
    height: Option<i64>,
    init: Vec<u8>,
}

impl TryFrom<TrackRow> for Track {
    type Error = StoreError;
    fn try_from(row: TrackRow) -> Result<Self> {
        let tracks = Table("tracks");
        let size = |column, n: Option<i64>| n.map(|n| tracks.unsigned(column, n)).transpose();
        Ok(Self {
            name: tracks.parsed("name", row.name)?,
            codec: row.codec,
            timescale: tracks.unsigned("timescale", row.timescale)?,
            width: size("width", row.width)?,
            height: size("height", row.height)?,
            init: row.init.into(),
            later: Vec::new(),
        })
    }
}

/// A row of `inits`, and whose it is.
type InitRow = (String, i64, String, Option<i64>, Option<i64>, Vec<u8>);

fn later_init(row: InitRow) -> Result<(TrackName, LaterInit)> {
    let (track, version, codec, width, height, init) = row;
    let inits = Table("inits");
    let size = |column, n: Option<i64>| n.map(|n| inits.unsigned(column, n)).transpose();
    let later = LaterInit {
        version: inits.unsigned("version", version)?,
        codec,
        width: size("width", width)?,
        height: size("height", height)?,
        init: init.into(),
    };
    Ok((inits.parsed("track", track)?, later))
}

#[derive(sqlx::FromRow)]
pub(super) struct PartRowRow {
    number: i64,
    start: i64,
    duration: i64,
    independent: bool,
    size: i64,
    sha256: Vec<u8>,
    init: i64,
}

impl TryFrom<PartRowRow> for PartRow {
    type Error = StoreError;
    fn try_from(row: PartRowRow) -> Result<Self> {
        let parts = Table("parts");
        Ok(Self {
            number: parts.unsigned("number", row.number)?,
            start: parts.unsigned("start", row.start)?,
            duration: parts.unsigned("duration", row.duration)?,
            independent: row.independent,
            size: parts.unsigned("size", row.size)?,
            sha256: parts.sha256(row.sha256)?,
            init: parts.unsigned("init", row.init)?,
        })
    }
}

/// Of recordings called `r`, as [`RecordingRow`] reads them.
macro_rules! recording_columns {
    () => {
        "r.id, r.slug, r.owner_id, r.title, r.audience, r.started_at, r.created_at, r.last_part_at, r.last_seen_at, r.paused_at, \
         r.finished_at, r.deleted_at, r.poster_key, r.thumbnail_key, r.share_epoch, r.version, \
         r.share_ends_at, CASE WHEN r.share_password IS NULL THEN NULL ELSE r.password_version END AS password, \
         r.comments_by, r.downloads, r.embed, r.shared_folder, r.own_audience, r.narrowed"
    };
}
pub(super) use recording_columns;

macro_rules! select {
    () => {
        concat!("SELECT ", recording_columns!(), " FROM recordings r ")
    };
}

/// Of parts, as [`PartRowRow`] reads them.
macro_rules! select_parts {
    () => {
        "SELECT number, start, duration, independent, size, sha256, init FROM parts "
    };
}
pub(super) use select_parts;

const BY_ID: &str = concat!(select!(), "WHERE id = $1");

/// How member $2 (or nobody) stands to it.
macro_rules! select_seen {
    () => {
        concat!(
            "SELECT ",
            recording_columns!(),
            ", ",
            named!(),
            " AS named, ($2 IS NULL OR u.id IS NOT NULL) AS present \
             FROM recordings r LEFT JOIN users u ON u.id = $2 AND u.deactivated_at IS NULL "
        )
    };
}
const SEEN_BY_ID: &str = concat!(select_seen!(), "WHERE r.id = $1");
const SEEN_BY_SLUG: &str = concat!(select_seen!(), "WHERE r.slug = $1");

#[derive(sqlx::FromRow)]
struct SeenRow {
    #[sqlx(flatten)]
    recording: RecordingRow,
    named: bool,
    present: bool,
}

impl TryFrom<SeenRow> for Seen {
    type Error = StoreError;
    fn try_from(row: SeenRow) -> Result<Self> {
        Ok(Self {
            recording: row.recording.try_into()?,
            named: row.named,
            present: row.present,
            password: None,
        })
    }
}

impl Store {
    /// The recording, deleted or not.
    pub async fn recording(&self, id: RecordingId) -> Result<Option<Recording>> {
        on_db!(self, |db| sqlx::query_as::<_, RecordingRow>(BY_ID)
            .bind(id.0)
            .fetch_optional(db)
            .await)?
        .map(Recording::try_from)
        .transpose()
    }

    /// The recording behind a link, deleted or not.
    pub async fn recording_by_slug(&self, slug: &Slug) -> Result<Option<Recording>> {
        const SQL: &str = concat!(select!(), "WHERE slug = $1");
        on_db!(self, |db| sqlx::query_as::<_, RecordingRow>(SQL)
            .bind(slug.as_str())
            .fetch_optional(db)
            .await)?
        .map(Recording::try_from)
        .transpose()
    }

    /// The recording, deleted or not, as a member (or nobody) may see it.
    pub async fn recording_seen(
        &self,
        id: RecordingId,
        member: Option<UserId>,
    ) -> Result<Option<Seen>> {
        on_db!(self, |db| sqlx::query_as::<_, SeenRow>(SEEN_BY_ID)
            .bind(id.0)
            .bind(member.map(|id| id.0))
            .fetch_optional(db)
            .await)?
        .map(Seen::try_from)
        .transpose()
    }

    /// The same behind a link.
    pub async fn recording_seen_by_slug(
        &self,
        slug: &Slug,
        member: Option<UserId>,
    ) -> Result<Option<Seen>> {
        on_db!(self, |db| sqlx::query_as::<_, SeenRow>(SEEN_BY_SLUG)
            .bind(slug.as_str())
            .bind(member.map(|id| id.0))
            .fetch_optional(db)
            .await)?
        .map(Seen::try_from)
        .transpose()
    }

    /// What a person moved to the trash, the newest move first: at most `limit`, moved before `before`.
    pub async fn trash_of(
        &self,
        owner: UserId,
        before: Option<(Timestamp, RecordingId)>,
        limit: u32,
    ) -> Result<Vec<Recording>> {
        const SQL: &str = concat!(
            select!(),
            "WHERE owner_id = $1 AND (deleted_at < $2 OR (deleted_at = $2 AND id < $3)) ORDER BY deleted_at DESC, id DESC LIMIT $4"
        );
        let (at, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.micros(), id.0));
        let rows = on_db!(self, |db| sqlx::query_as::<_, RecordingRow>(SQL)
            .bind(owner.0)
            .bind(at)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Recording::try_from).collect()
    }

    /// Its tracks: video, audio, then the extra ones, by name.
    pub async fn tracks(&self, id: RecordingId) -> Result<Vec<Track>> {
        const SQL: &str = "SELECT name, codec, timescale, width, height, init FROM tracks WHERE recording_id = $1";
        let rows = on_db!(self, |db| sqlx::query_as::<_, TrackRow>(SQL)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        let mut tracks = rows
            .into_iter()
            .map(Track::try_from)
            .collect::<Result<Vec<_>>>()?;
        tracks.sort_by_key(|t| t.name);
        for (name, later) in self.later_inits(id).await? {
            if let Some(track) = tracks.iter_mut().find(|t| t.name == name) {
                track.later.push(later);
            }
        }
        Ok(tracks)
    }

    /// The inits behind the first of each track, ascending by version.
    pub async fn later_inits(&self, id: RecordingId) -> Result<Vec<(TrackName, LaterInit)>> {
        const SQL: &str = "SELECT track, version, codec, width, height, init FROM inits WHERE recording_id = $1 ORDER BY version";
        let rows: Vec<InitRow> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(id.0)
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(later_init).collect()
    }

    /// Every part of a track that has arrived, by number from `first` on.
    pub async fn parts_from(
        &self,
        id: RecordingId,
        track: TrackName,
        first: u32,
    ) -> Result<Vec<PartRow>> {
        const SQL: &str = concat!(
            select_parts!(),
            "WHERE recording_id = $1 AND track = $2 AND number >= $3 ORDER BY number"
        );
        let rows = on_db!(self, |db| sqlx::query_as::<_, PartRowRow>(SQL)
            .bind(id.0)
            .bind(track.as_str())
            .bind(i64::from(first))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(PartRow::try_from).collect()
    }

    /// Every part of a track that has arrived, by number.
    pub async fn parts(&self, id: RecordingId, track: TrackName) -> Result<Vec<PartRow>> {
        self.parts_from(id, track, 0).await
    }
}

/// The end, in ticks, of a track's run from part 0 without a hole. The first subselect is the last
/// part before the first hole: it looks at each part of the run once, inside the database.
const WATCHABLE_END: &str = "SELECT p.start + p.duration FROM parts p WHERE p.recording_id = $1 AND p.track = $2 \
     AND EXISTS (SELECT 1 FROM parts z WHERE z.recording_id = $1 AND z.track = $2 AND z.number = 0) \
     AND NOT EXISTS (SELECT 1 FROM parts q WHERE q.recording_id = $1 AND q.track = $2 AND q.number = p.number + 1) \
     ORDER BY p.number LIMIT 1";
/// The same for a finished track, which has no holes.
const LAST_END: &str = "SELECT start + duration FROM parts WHERE recording_id = $1 AND track = $2 ORDER BY number DESC LIMIT 1";
const SCALES: &str = "SELECT name, timescale FROM tracks WHERE recording_id = $1";

fn is_timing((name, _): &(String, i64)) -> bool {
    name.parse().is_ok_and(is_timed_by)
}

fn longest(ends: impl IntoIterator<Item = (i64, Option<i64>)>) -> u64 {
    let ms = |(scale, end): (i64, Option<i64>)| {
        let (scale, end) = (
            u32::try_from(scale).unwrap_or(1),
            u64::try_from(end.unwrap_or(0)).unwrap_or(0),
        );
        end_ms(end, scale)
    };
    ends.into_iter().map(ms).max().unwrap_or(0)
}

impl Store {
    /// Length in milliseconds of the longest track that [`is_timed_by`] names, as far as it is watchable.
    pub async fn duration_ms(&self, recording: &Recording) -> Result<u64> {
        let sql = if recording.finished_at.is_some() {
            LAST_END
        } else {
            WATCHABLE_END
        };
        let id = recording.id.0;
        let scales: Vec<(String, i64)> = on_db!(self, |db| sqlx::query_as(SCALES)
            .bind(id)
            .fetch_all(db)
            .await)?;
        let mut ends = Vec::with_capacity(scales.len());
        for (track, scale) in scales.into_iter().filter(is_timing) {
            let end: Option<i64> = on_db!(self, |db| sqlx::query_scalar(sql)
                .bind(id)
                .bind(&track)
                .fetch_optional(db)
                .await)?;
            ends.push((scale, end));
        }
        Ok(longest(ends))
    }
}

impl Tx {
    /// As [`Store::duration_ms`], as this transaction sees it.
    pub async fn duration_ms(&mut self, recording: RecordingId) -> Result<u64> {
        let id = recording.0;
        let scales: Vec<(String, i64)> = in_tx!(self, |db| sqlx::query_as(SCALES)
            .bind(id)
            .fetch_all(db)
            .await)?;
        let mut ends = Vec::with_capacity(scales.len());
        for (track, scale) in scales.into_iter().filter(is_timing) {
            let end: Option<i64> = in_tx!(self, |db| sqlx::query_scalar(WATCHABLE_END)
                .bind(id)
                .bind(&track)
                .fetch_optional(db)
                .await)?;
            ends.push((scale, end));
        }
        Ok(longest(ends))
    }

    /// The same as a member (or nobody) may see it.
    pub async fn recording_seen(
        &mut self,
        id: RecordingId,
        member: Option<UserId>,
    ) -> Result<Option<Seen>> {
        in_tx!(self, |db| sqlx::query_as::<_, SeenRow>(SEEN_BY_ID)
            .bind(id.0)
            .bind(member.map(|id| id.0))
            .fetch_optional(db)
            .await)?
        .map(Seen::try_from)
        .transpose()
    }

    /// The recording as this transaction sees it.
    pub async fn recording(&mut self, id: RecordingId) -> Result<Option<Recording>> {
        in_tx!(self, |db| sqlx::query_as::<_, RecordingRow>(BY_ID)
            .bind(id.0)
            .fetch_optional(db)
            .await)?
        .map(Recording::try_from)
        .transpose()
    }

    pub async fn rename_recording(&mut self, id: RecordingId, title: &str) -> Result<()> {
        const SQL: &str = "UPDATE recordings SET title = $2, version = version + 1 WHERE id = $1";
        expect_one(in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(title)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?)
    }

    /// Removes the recording and every row that belongs to it. Its objects need tombstones first.
    pub async fn remove_recording(&mut self, id: RecordingId) -> Result<()> {
        const SQL: &str = "DELETE FROM recordings WHERE id = $1";
        expect_one(in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?)
    }

    /// Into the trash, or out of it. What came out of it begins anew for rules of retention.
    pub async fn set_trashed(
        &mut self,
        id: RecordingId,
        trashed: bool,
        now: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "UPDATE recordings SET deleted_at = $2, kept_from = COALESCE($3, kept_from), trash_at = NULL, \
             version = version + 1 WHERE id = $1";
        expect_one(in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(trashed.then(|| now.micros()))
            .bind((!trashed).then(|| now.micros()))
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?)
    }
}
