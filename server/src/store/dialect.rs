//! All that differs between the two databases, as pairs of constants. If this grows past a page,
//! stop and think.

/// Begins a transaction that will write. SQLite takes its write lock at once: a deferred `BEGIN`
/// that turns into a write fails under contention instead of waiting.
pub(super) const BEGIN_WRITE_SQLITE: &str = "BEGIN IMMEDIATE";
pub(super) const BEGIN_WRITE_POSTGRES: &str = "BEGIN";

/// Begins a transaction that reads and sees one moment only. A deferred `BEGIN` of SQLite does so by itself.
pub(super) const BEGIN_SNAPSHOT_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Makes the writers of one recording wait for each other (PostgreSQL). Whoever only refers to the
/// recording, with a comment or a word, does not have to wait.
pub(super) const LOCK_RECORDING_POSTGRES: &str =
    "SELECT 1 FROM recordings WHERE id = $1 FOR NO KEY UPDATE";

/// Lets only one program at a time migrate (PostgreSQL; SQLite has one writer anyway).
/// The number is "aside" in ASCII.
pub(super) const MIGRATION_LOCK_POSTGRES: &str = "SELECT pg_advisory_xact_lock(418564596837)";

/// Makes the numbers of a recording's events visible in their order (PostgreSQL; SQLite has one writer anyway): held from
/// before the number is drawn until the commit. Writers of other recordings do not wait.
pub(super) const EVENT_LOCK_POSTGRES: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 418564596838))";

macro_rules! claim_job {
    ($suffix:literal) => {
        concat!(
            "UPDATE jobs SET attempt = attempt + 1, ",
            "failures = failures + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END, lease_until = $2, worker = $3 ",
            "WHERE id = (SELECT id FROM jobs WHERE kind = $4 AND done_at IS NULL AND failed_at IS NULL ",
            "AND run_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) ORDER BY run_at, id LIMIT 1",
            $suffix,
            ") RETURNING id, payload, attempt, asked, failures, max_failures, failing_since"
        )
    };
}
/// Claims the longest due job: $1 now, $2 lease until, $3 worker, $4 kind. SQLite has one writer, so
/// nobody can come between; PostgreSQL passes over rows that another worker is just claiming.
pub(super) const CLAIM_JOB_SQLITE: &str = claim_job!("");
pub(super) const CLAIM_JOB_POSTGRES: &str = claim_job!(" FOR UPDATE SKIP LOCKED");

/// The chapters of recording `r` that are not deleted, by moment, as JSON.
macro_rules! marks_sqlite {
    () => {
        "(SELECT json_group_array(json_object('id', lower(hex(m.id)), 'at_ms', m.at_ms, 'title', m.title, \
         'created_at', m.created_at, 'version', m.version) ORDER BY m.at_ms, m.id) \
         FROM marks m WHERE m.recording_id = r.id AND m.deleted_at IS NULL)"
    };
}
macro_rules! marks_postgres {
    () => {
        "(SELECT json_agg(json_build_object('id', m.id, 'at_ms', m.at_ms, 'title', m.title, \
         'created_at', m.created_at, 'version', m.version) ORDER BY m.at_ms, m.id) \
         FROM marks m WHERE m.recording_id = r.id AND m.deleted_at IS NULL)"
    };
}
pub(super) use {marks_postgres, marks_sqlite};

/// The comments of recording `r`, deleted ones too, in no order, as JSON.
macro_rules! comments_sqlite {
    () => {
        "(SELECT json_group_array(json_object('id', lower(hex(c.id)), 'recording_id', lower(hex(c.recording_id)), \
         'parent_id', NULLIF(lower(hex(c.parent_id)), ''), 'user_id', NULLIF(lower(hex(c.user_id)), ''), \
         'guest_id', NULLIF(lower(hex(c.guest_id)), ''), 'author_name', c.author_name, 'at_ms', c.at_ms, 'end_ms', c.end_ms, \
         'body', c.body, 'created_at', c.created_at, 'edited_at', c.edited_at, 'resolved_at', c.resolved_at, \
         'resolved_by', c.resolved_by, 'deleted_at', c.deleted_at, 'deleted_by', c.deleted_by, 'version', c.version)) \
         FROM comments c WHERE c.recording_id = r.id)"
    };
}
macro_rules! comments_postgres {
    () => {
        "(SELECT json_agg(json_build_object('id', c.id, 'recording_id', c.recording_id, \
         'parent_id', c.parent_id, 'user_id', c.user_id, \
         'guest_id', c.guest_id, 'author_name', c.author_name, 'at_ms', c.at_ms, 'end_ms', c.end_ms, \
         'body', c.body, 'created_at', c.created_at, 'edited_at', c.edited_at, 'resolved_at', c.resolved_at, \
         'resolved_by', c.resolved_by, 'deleted_at', c.deleted_at, 'deleted_by', c.deleted_by, 'version', c.version)) \
         FROM comments c WHERE c.recording_id = r.id)"
    };
}
pub(super) use {comments_postgres, comments_sqlite};

/// The published words of recording `r`, in order, as JSON.
macro_rules! words_sqlite {
    () => {
        "(SELECT json_group_array(json_array(w.n, w.start_ms, w.end_ms, w.text, \
         CASE WHEN w.gap THEN 1 ELSE 0 END, CASE WHEN w.joined THEN 1 ELSE 0 END) ORDER BY w.n) \
         FROM words w WHERE w.recording_id = r.id)"
    };
}
macro_rules! words_postgres {
    () => {
        "(SELECT json_agg(json_build_array(w.n, w.start_ms, w.end_ms, w.text, \
         CASE WHEN w.gap THEN 1 ELSE 0 END, CASE WHEN w.joined THEN 1 ELSE 0 END) ORDER BY w.n) \
         FROM words w WHERE w.recording_id = r.id)"
    };
}
pub(super) use {words_postgres, words_sqlite};

/// The tags of recording `r`, in no order, as JSON.
macro_rules! tags_sqlite {
    () => {
        "(SELECT json_group_array(t.tag) FROM recording_tags t WHERE t.recording_id = r.id)"
    };
}
macro_rules! tags_postgres {
    () => {
        "(SELECT json_agg(t.tag) FROM recording_tags t WHERE t.recording_id = r.id)"
    };
}
pub(super) use {tags_postgres, tags_sqlite};

/// Lets one request at a time change a person's folders (PostgreSQL; SQLite has one writer anyway), so that two moves together
/// make no circle.
pub(super) const FOLDERS_LOCK_POSTGRES: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 418564596839))";

/// Lets one request at a time change people and groups (PostgreSQL; SQLite has one writer anyway), so that of two owners who leave
/// at once one stays.
pub(super) const PEOPLE_LOCK_POSTGRES: &str = "SELECT pg_advisory_xact_lock(418564596840)";
