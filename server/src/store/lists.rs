//! Pages of lists of recordings, sorted and filtered. Each is one statement: what a card shows is read with it.

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::cell::{Table, signed};
use super::recordings::{RecordingRow, recording_columns};
use super::shares::{folder_names, named, names};
use super::views::{is_on, view_count};
use super::{Result, Store, StoreError, dialect};
use crate::domain::access::Seen;
use crate::domain::library::{Entry, Filter, Order, Place, Section, StateFilter};
use crate::domain::recording::INTERRUPTED_AFTER;
use crate::domain::views::Switches;
use crate::on_db;

#[derive(sqlx::FromRow)]
struct EntryRow {
    #[sqlx(flatten)]
    recording: RecordingRow,
    named: bool,
    owner_name: String,
    folder_id: Option<Uuid>,
    length_ms: Option<i64>,
    comment_count: i64,
    tags: Option<Json<Vec<String>>>,
    view_count: i64,
    o_views: bool,
    u_views: bool,
    views_setting: Option<String>,
    position_ms: Option<i64>,
    pinned: bool,
    trash_at: Option<i64>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;
    fn try_from(row: EntryRow) -> Result<Self> {
        let table = Table("recordings");
        let mut tags = row.tags.map(|Json(tags)| tags).unwrap_or_default();
        tags.sort();
        Ok(Self {
            seen: Seen {
                recording: row.recording.try_into()?,
                named: row.named,
                present: true,
                password: None,
            },
            owner_name: row.owner_name,
            folder: row.folder_id.map(FolderId),
            length_ms: row
                .length_ms
                .map(|n| table.unsigned("length_ms", n))
                .transpose()?,
            comments: table.unsigned("comments", row.comment_count)?,
            tags,
            views: table.unsigned("views", row.view_count)?,
            position_ms: row
                .position_ms
                .map(|n| table.unsigned("position_ms", n))
                .transpose()?,
            pinned: row.pinned,
            trash_at: row.trash_at.map(Timestamp::from_micros),
            switches: Switches {
                server: is_on(row.views_setting.as_deref()),
                owner: row.o_views,
                viewer: row.u_views,
            },
        })
    }
}

/// What a card shows of the recordings of `page`: `$1` who looks.
macro_rules! cards {
    ($page:expr, $tags:expr, $order:expr) => {
        concat!(
            "SELECT ",
            recording_columns!(),
            ", ",
            named!(),
            " AS named, o.name AS owner_name, r.folder_id, r.length_ms, \
             (SELECT CAST(COUNT(*) AS BIGINT) FROM comments c WHERE c.recording_id = r.id AND c.deleted_at IS NULL AND c.visibility <> 'author') AS comment_count, ",
            view_count!(),
            ", o.views AS o_views, u.views AS u_views, (SELECT value FROM settings WHERE name = 'views') AS views_setting, \
             mine.position_ms, r.pinned, r.trash_at, ",
            $tags,
            " AS tags FROM (",
            $page,
            ") page JOIN recordings r ON r.id = page.id JOIN users o ON o.id = r.owner_id JOIN users u ON u.id = $1 \
             LEFT JOIN views mine ON mine.recording_id = r.id AND mine.user_id = u.id ORDER BY ",
            $order
        )
    };
}

/// A page of a list: `$1` who looks, `$2` the recording after which it begins, `$3` how many, `$4` `$5` where a list begins without
/// one, `$6` to `$16` the filter, `$17` now. The key's order and that of the ids are the same, so that a page begins where the
/// last one ended. `made` and `long` filter by when a recording was made and how long it is.
macro_rules! page {
    ($scope:expr, $key:expr, $before:literal, $order:literal, $made:expr, $long:expr, $tags:expr) => {
        cards!(
            concat!(
                "SELECT r.id FROM recordings r WHERE ",
                $scope,
                " AND r.deleted_at IS NULL AND (",
                $key,
                ", r.id) ",
                $before,
                " (COALESCE((SELECT ",
                $key,
                " FROM recordings r WHERE r.id = $2), $4), COALESCE($2, $5)) \
                 AND ($6 = 'everywhere' OR ($6 = 'top' AND r.folder_id IS NULL) OR (r.folder_id = $7 AND (r.owner_id = $1 OR r.shared_folder IS NOT NULL))) \
                 AND ($8 = '' OR EXISTS (SELECT 1 FROM recording_tags t WHERE t.recording_id = r.id AND t.tag = $8)) \
                 AND ",
                $made,
                " AND ",
                $long,
                " AND ($13 IN ('', 'ending') OR ($13 = 'finished' AND r.finished_at IS NOT NULL) \
                   OR ($13 = 'live' AND r.finished_at IS NULL AND (r.last_part_at > $14 OR r.last_seen_at > $14)) \
                   OR ($13 = 'interrupted' AND r.finished_at IS NULL AND r.last_part_at <= $14 AND COALESCE(r.last_seen_at, 0) <= $14)) \
                 AND ($13 <> 'ending' OR (r.owner_id = $1 AND r.trash_at IS NOT NULL)) \
                 AND ($16 OR r.owner_id = $15) AND (r.owner_id = $1 OR r.share_ends_at IS NULL OR r.share_ends_at > $17) \
                 ORDER BY ",
                $key,
                " ",
                $order,
                ", r.id ",
                $order,
                " LIMIT $3"
            ),
            $tags,
            concat!($key, " ", $order, ", r.id ", $order)
        )
    };
}

/// Filters of a list that is read by the index of its order and ends after a page: what is only filtered by says first whether it
/// filters. Then no other index is chosen, and PostgreSQL leaves out what filters nothing, where it would guess that one recording
/// in two hundred is left, and sort them all.
macro_rules! made {
    () => {
        "($9 < -9000000000000000000 OR r.created_at >= $9) AND ($10 > 9000000000000000000 OR r.created_at < $10)"
    };
}
macro_rules! long {
    () => {
        "($11 <= 0 OR COALESCE(r.length_ms, 0) >= $11) AND ($12 > 9000000000000000000 OR COALESCE(r.length_ms, 0) <= $12)"
    };
}
/// The same where it is the order: the index ends there.
macro_rules! made_in_order {
    () => {
        "r.created_at >= $9 AND r.created_at < $10"
    };
}
/// Filters of a list that begins at the few recordings that somebody was given and sorts them: with guesses that they leave few
/// of all, no index of an order is chosen. A plus says so to SQLite.
macro_rules! few_made {
    () => {
        "+r.created_at >= $9 AND +r.created_at < $10"
    };
}
macro_rules! few_long {
    () => {
        "+COALESCE(r.length_ms, 0) >= $11 AND +COALESCE(r.length_ms, 0) <= $12"
    };
}

macro_rules! by_order {
    ($order:expr, $scope:expr, $in_order:expr, $made:expr, $long:expr, $tags:expr) => {
        match $order {
            Order::Newest => page!($scope, "r.created_at", "<", "DESC", $in_order, $long, $tags),
            Order::Oldest => page!($scope, "r.created_at", ">", "ASC", $in_order, $long, $tags),
            Order::Title => page!($scope, "LOWER(r.title)", ">", "ASC", $made, $long, $tags),
            Order::Longest => page!(
                $scope,
                "COALESCE(r.length_ms, 0)",
                "<",
                "DESC",
                $made,
                $long,
                $tags
            ),
            Order::Shortest => page!(
                $scope,
                "COALESCE(r.length_ms, 0)",
                ">",
                "ASC",
                $made,
                $long,
                $tags
            ),
        }
    };
}
macro_rules! many {
    ($order:expr, $scope:expr, $tags:expr) => {
        by_order!($order, $scope, made_in_order!(), made!(), long!(), $tags)
    };
}
macro_rules! few {
    ($order:expr, $scope:expr, $tags:expr) => {
        by_order!($order, $scope, few_made!(), few_made!(), few_long!(), $tags)
    };
}

macro_rules! by_room {
    ($filter:expr, $tags:expr) => {
        match ($filter.section, $filter.place) {
            (Section::Mine, Place::Folder(_)) => {
                many!($filter.order, "r.owner_id = $1 AND r.folder_id = $7", $tags)
            }
            (Section::Mine, _) => many!($filter.order, "r.owner_id = $1", $tags),
            // From the grants to the recordings, which may be many more.
            (Section::Shared, _) => few!(
                $filter.order,
                concat!(
                    "r.owner_id <> $1 AND r.id IN (SELECT g.recording_id FROM grants g JOIN users u ON u.id = $1 AND ",
                    names!(),
                    " UNION ALL SELECT s.id FROM folder_grants g JOIN users u ON u.id = $1 AND ",
                    folder_names!(),
                    " JOIN recordings s ON s.shared_folder = g.folder_id)"
                ),
                $tags
            ),
            (Section::Everyone, _) => many!(
                $filter.order,
                "r.owner_id <> $1 AND r.audience <> 'owner' AND r.share_password IS NULL",
                $tags
            ),
        }
    };
}

/// What somebody watched last: `$1` who, `$2` since when, `$3` how many.
macro_rules! watched {
    ($tags:expr) => {
        cards!(
            "SELECT v.recording_id AS id, v.last_at AS at FROM views v WHERE v.user_id = $1 AND v.last_at > $2 ORDER BY v.last_at DESC LIMIT $3",
            $tags,
            "page.at DESC, r.id"
        )
    };
}
const WATCHED_SQLITE: &str = watched!(dialect::tags_sqlite!());
const WATCHED_POSTGRES: &str = watched!(dialect::tags_postgres!());

impl Store {
    /// What a member watched last since then, the newest first.
    pub async fn last_watched(
        &self,
        member: UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let sql = match self {
            Self::Sqlite { .. } => WATCHED_SQLITE,
            Self::Postgres(_) => WATCHED_POSTGRES,
        };
        let rows = on_db!(self, |db| sqlx::query_as::<_, EntryRow>(sql)
            .bind(member.0)
            .bind(since.micros())
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// A page of a list as a member sees it: at most `limit`, behind `after` in the order that is asked for.
    pub async fn listed(
        &self,
        member: UserId,
        filter: &Filter,
        after: Option<RecordingId>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Entry>> {
        let sql = self.page_of(filter);
        let (place, folder) = match filter.place {
            Place::Everywhere => ("everywhere", None),
            Place::Top => ("top", None),
            Place::Folder(id) => ("folder", Some(id.0)),
        };
        let state = match filter.state {
            None => "",
            Some(StateFilter::Live) => "live",
            Some(StateFilter::Interrupted) => "interrupted",
            Some(StateFilter::Finished) => "finished",
            Some(StateFilter::Ending) => "ending",
        };
        macro_rules! rows {
            ($first:expr, $first_id:expr) => {
                on_db!(self, |db| sqlx::query_as::<_, EntryRow>(sql)
                    .bind(member.0)
                    .bind(after.map(|id| id.0))
                    .bind(i64::from(limit))
                    .bind($first)
                    .bind($first_id)
                    .bind(place)
                    .bind(folder)
                    .bind(filter.tag.as_deref().unwrap_or_default())
                    .bind(filter.since.map_or(i64::MIN, Timestamp::micros))
                    .bind(filter.until.map_or(i64::MAX, Timestamp::micros))
                    .bind(filter.min_ms.map_or(0, signed))
                    .bind(filter.max_ms.map_or(i64::MAX, signed))
                    .bind(state)
                    .bind(now.minus(INTERRUPTED_AFTER).micros())
                    .bind(filter.by.map(|id| id.0))
                    .bind(filter.by.is_none())
                    .bind(now.micros())
                    .fetch_all(db)
                    .await)?
            };
        }
        let rows = match filter.order {
            Order::Newest | Order::Longest => rows!(i64::MAX, Uuid::max()),
            Order::Oldest | Order::Shortest => rows!(i64::MIN, Uuid::nil()),
            Order::Title => rows!("", Uuid::nil()),
        };
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// The statement of a list.
    fn page_of(&self, filter: &Filter) -> &'static str {
        match self {
            Self::Sqlite { .. } => by_room!(filter, dialect::tags_sqlite!()),
            Self::Postgres(_) => by_room!(filter, dialect::tags_postgres!()),
        }
    }
}

#[cfg(test)]
mod tests {
    use aside_test_macros::both;
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::testing::TestApp;

    /// Steps of a plan that sort. A page of at most a hundred cards is put in order at the end of every one.
    async fn sorts(store: &Store, filter: &Filter) -> usize {
        let sql = store.page_of(filter);
        match store {
            Store::Sqlite { read, .. } => {
                let plan: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                        .fetch_all(read)
                        .await
                        .unwrap();
                assert!(!plan.is_empty());
                let steps = plan.into_iter().map(|step| step.3);
                steps.filter(|step| step.contains("TEMP B-TREE")).count()
            }
            Store::Postgres(pool) => {
                // Tables of a test are so small that sorting them is always cheapest: it is made dear, so that a plan
                // that sorts all the same has no index of its order.
                let mut connection = pool.acquire().await.unwrap();
                let first = match filter.order {
                    Order::Title => "text",
                    _ => "bigint",
                };
                let types = format!(
                    "uuid, uuid, bigint, {first}, uuid, text, uuid, text, bigint, bigint, bigint, bigint, text, bigint, uuid, boolean, bigint"
                );
                let nothing = vec!["NULL"; 17].join(", ");
                let mut plan: Vec<String> = Vec::new();
                for step in [
                    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_bitmapscan = off".to_owned(),
                    "SET enable_sort = off; SET enable_incremental_sort = off; DEALLOCATE ALL".to_owned(),
                    format!("PREPARE listed ({types}) AS {sql}"),
                    format!("EXPLAIN EXECUTE listed ({nothing})"),
                ] {
                    plan = sqlx::raw_sql(AssertSqlSafe(step))
                        .fetch_all(&mut *connection)
                        .await
                        .unwrap()
                        .iter()
                        .map(|row| sqlx::Row::get(row, 0))
                        .collect();
                }
                assert!(!plan.is_empty());
                plan.iter().filter(|step| step.contains("Sort Key")).count()
            }
        }
    }

    #[both]
    async fn a_page_is_read_by_an_index_of_its_order_however_many_recordings_there_are(
        app: TestApp,
    ) {
        let filter = |section, order| Filter {
            section,
            order,
            ..Filter::default()
        };
        for order in [
            Order::Newest,
            Order::Oldest,
            Order::Title,
            Order::Longest,
            Order::Shortest,
        ] {
            for section in [Section::Mine, Section::Everyone] {
                let filter = filter(section, order);
                assert_eq!(sorts(&app.app.store, &filter).await, 1, "{filter:?}");
            }
        }
        // What a person was named for is few, and sorted.
        let shared = filter(Section::Shared, Order::Newest);
        assert_eq!(sorts(&app.app.store, &shared).await, 2);
    }
}
