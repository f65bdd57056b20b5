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

/// Whether the recording of comment `c` is shared by name with somebody or a group, or theirs: 1 or 0.
macro_rules! named_for_comment {
    ($user:literal, $group:literal) => {
        concat!(
            "CASE WHEN EXISTS (SELECT 1 FROM recordings o WHERE o.id = c.recording_id AND o.owner_id = ",
            $user,
            ") OR EXISTS (SELECT 1 FROM grants g WHERE g.recording_id = c.recording_id AND (g.user_id = ",
            $user,
            " OR g.group_id = ",
            $group,
            " OR EXISTS (SELECT 1 FROM users n WHERE n.id = ",
            $user,
            " AND ((g.email = n.email AND n.email_proved) OR g.group_id IN (SELECT i.group_id FROM user_group_members i WHERE i.user_id = n.id)))\
             )) OR EXISTS (SELECT 1 FROM recordings o JOIN folder_grants g ON g.folder_id = o.shared_folder WHERE o.id = c.recording_id AND (g.user_id = ",
            $user,
            " OR g.group_id = ",
            $group,
            " OR g.group_id IN (SELECT i.group_id FROM user_group_members i WHERE i.user_id = ",
            $user,
            "))) THEN 1 ELSE 0 END"
        )
    };
}
/// Whether a mention `m` in comment `c` is of somebody whom every reader of the thread sees there: 1 or 0.
macro_rules! in_thread {
    () => {
        "CASE WHEN EXISTS (SELECT 1 FROM recordings o WHERE o.id = c.recording_id AND o.owner_id = m.user_id) \
         OR EXISTS (SELECT 1 FROM comments k WHERE (k.id = COALESCE(c.parent_id, c.id) OR k.parent_id = COALESCE(c.parent_id, c.id)) \
         AND k.deleted_at IS NULL AND (k.user_id = m.user_id OR k.guest_id = m.guest_id)) THEN 1 ELSE 0 END"
    };
}
/// What belongs to comment `c` in other tables, as JSON: whom it mentions, reactions, files.
macro_rules! mentions_sqlite {
    () => {
        concat!(
            "(SELECT json_group_array(json_object('user_id', NULLIF(lower(hex(m.user_id)), ''), 'group_id', NULLIF(lower(hex(m.group_id)), ''), \
             'guest_id', NULLIF(lower(hex(m.guest_id)), ''), 'name', COALESCE(mu.name, mg.name, mt.name), 'in_thread', ",
            $crate::store::dialect::in_thread!(),
            ", 'named', ",
            $crate::store::dialect::named_for_comment!("m.user_id", "m.group_id"),
            ") ORDER BY m.n) FROM comment_mentions m LEFT JOIN users mu ON mu.id = m.user_id LEFT JOIN user_groups mg ON mg.id = m.group_id \
             LEFT JOIN tokens mt ON mt.id = m.guest_id WHERE m.comment_id = c.id)"
        )
    };
}
macro_rules! mentions_postgres {
    () => {
        concat!(
            "(SELECT json_agg(json_build_object('user_id', m.user_id, 'group_id', m.group_id, 'guest_id', m.guest_id, \
             'name', COALESCE(mu.name, mg.name, mt.name), 'in_thread', ",
            $crate::store::dialect::in_thread!(),
            ", 'named', ",
            $crate::store::dialect::named_for_comment!("m.user_id", "m.group_id"),
            ") ORDER BY m.n) FROM comment_mentions m LEFT JOIN users mu ON mu.id = m.user_id LEFT JOIN user_groups mg ON mg.id = m.group_id \
             LEFT JOIN tokens mt ON mt.id = m.guest_id WHERE m.comment_id = c.id)"
        )
    };
}
macro_rules! reactions_sqlite {
    () => {
        "(SELECT json_group_array(json_object('emoji', x.emoji, 'user_id', NULLIF(lower(hex(x.user_id)), ''), \
         'guest_id', NULLIF(lower(hex(x.guest_id)), ''), 'name', COALESCE(xu.name, xt.name)) ORDER BY x.created_at, x.emoji) \
         FROM comment_reactions x LEFT JOIN users xu ON xu.id = x.user_id LEFT JOIN tokens xt ON xt.id = x.guest_id WHERE x.comment_id = c.id)"
    };
}
macro_rules! reactions_postgres {
    () => {
        "(SELECT json_agg(json_build_object('emoji', x.emoji, 'user_id', x.user_id, 'guest_id', x.guest_id, \
         'name', COALESCE(xu.name, xt.name)) ORDER BY x.created_at, x.emoji) \
         FROM comment_reactions x LEFT JOIN users xu ON xu.id = x.user_id LEFT JOIN tokens xt ON xt.id = x.guest_id WHERE x.comment_id = c.id)"
    };
}
macro_rules! attachments_sqlite {
    () => {
        "(SELECT json_group_array(json_object('id', lower(hex(f.id)), 'name', f.name, 'size', f.size, 'content_type', f.content_type, \
         'width', f.width, 'height', f.height) ORDER BY f.n) FROM attachments f WHERE f.comment_id = c.id)"
    };
}
macro_rules! attachments_postgres {
    () => {
        "(SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'size', f.size, 'content_type', f.content_type, \
         'width', f.width, 'height', f.height) ORDER BY f.n) FROM attachments f WHERE f.comment_id = c.id)"
    };
}
/// The issues of comment `c` at trackers, the oldest first, as JSON.
macro_rules! issues_sqlite {
    () => {
        "(SELECT json_group_array(json_object('name', i.name, 'url', i.url, 'state', i.state, 'closed', i.closed) ORDER BY i.created_at, i.id) \
         FROM issues i WHERE i.comment_id = c.id AND i.remote IS NOT NULL)"
    };
}
macro_rules! issues_postgres {
    () => {
        "(SELECT json_agg(json_build_object('name', i.name, 'url', i.url, 'state', i.state, 'closed', i.closed) ORDER BY i.created_at, i.id) \
         FROM issues i WHERE i.comment_id = c.id AND i.remote IS NOT NULL)"
    };
}
pub(super) use {
    attachments_postgres, attachments_sqlite, in_thread, issues_postgres, issues_sqlite,
    mentions_postgres, mentions_sqlite, named_for_comment, reactions_postgres, reactions_sqlite,
};

/// The comments of recording `r`, deleted ones too, in no order, as JSON.
macro_rules! comments_sqlite {
    () => {
        concat!(
            "(SELECT json_group_array(json_object('id', lower(hex(c.id)), 'recording_id', lower(hex(c.recording_id)), \
             'parent_id', NULLIF(lower(hex(c.parent_id)), ''), 'user_id', NULLIF(lower(hex(c.user_id)), ''), \
             'guest_id', NULLIF(lower(hex(c.guest_id)), ''), 'author_name', c.author_name, 'at_ms', c.at_ms, 'end_ms', c.end_ms, \
             'visibility', c.visibility, 'body', c.body, 'created_at', c.created_at, 'edited_at', c.edited_at, 'resolved_at', c.resolved_at, \
             'resolved_by', c.resolved_by, 'deleted_at', c.deleted_at, 'deleted_by', c.deleted_by, 'version', c.version, \
             'by_agent', CASE WHEN c.by_agent THEN 1 ELSE 0 END, 'drawn', CASE WHEN c.drawing IS NULL THEN 0 ELSE 1 END, \
             'assignee_id', NULLIF(lower(hex(c.assignee_id)), ''), 'assignee_name', a.name, 'assignee_zone', a.time_zone, 'due_on', c.due_on, \
             'assignee_named', ",
            $crate::store::dialect::named_for_comment!("c.assignee_id", "NULL"),
            ", 'mentions', json(",
            $crate::store::dialect::mentions_sqlite!(),
            "), 'reactions', json(",
            $crate::store::dialect::reactions_sqlite!(),
            "), 'attachments', json(",
            $crate::store::dialect::attachments_sqlite!(),
            "), 'issues', json(",
            $crate::store::dialect::issues_sqlite!(),
            "))) FROM comments c LEFT JOIN users a ON a.id = c.assignee_id WHERE c.recording_id = r.id)"
        )
    };
}
macro_rules! comments_postgres {
    () => {
        concat!(
            "(SELECT json_agg(json_build_object('id', c.id, 'recording_id', c.recording_id, \
             'parent_id', c.parent_id, 'user_id', c.user_id, \
             'guest_id', c.guest_id, 'author_name', c.author_name, 'at_ms', c.at_ms, 'end_ms', c.end_ms, \
             'visibility', c.visibility, 'body', c.body, 'created_at', c.created_at, 'edited_at', c.edited_at, 'resolved_at', c.resolved_at, \
             'resolved_by', c.resolved_by, 'deleted_at', c.deleted_at, 'deleted_by', c.deleted_by, 'version', c.version, \
             'by_agent', CASE WHEN c.by_agent THEN 1 ELSE 0 END, 'drawn', CASE WHEN c.drawing IS NULL THEN 0 ELSE 1 END, \
             'assignee_id', c.assignee_id, 'assignee_name', a.name, 'assignee_zone', a.time_zone, 'due_on', c.due_on, \
             'assignee_named', ",
            $crate::store::dialect::named_for_comment!("c.assignee_id", "NULL"),
            ", 'mentions', ",
            $crate::store::dialect::mentions_postgres!(),
            ", 'reactions', ",
            $crate::store::dialect::reactions_postgres!(),
            ", 'attachments', ",
            $crate::store::dialect::attachments_postgres!(),
            ", 'issues', ",
            $crate::store::dialect::issues_postgres!(),
            ")) FROM comments c LEFT JOIN users a ON a.id = c.assignee_id WHERE c.recording_id = r.id)"
        )
    };
}
pub(super) use {comments_postgres, comments_sqlite};

/// The reactions to moments of recording `r`, by moment, as JSON.
macro_rules! moments_sqlite {
    () => {
        "(SELECT json_group_array(json_object('id', lower(hex(q.id)), 'recording_id', lower(hex(q.recording_id)), 'at_ms', q.at_ms, \
         'kind', q.kind, 'user_id', NULLIF(lower(hex(q.user_id)), ''), 'guest_id', NULLIF(lower(hex(q.guest_id)), ''), \
         'name', COALESCE(qu.name, qt.name), 'created_at', q.created_at) ORDER BY q.at_ms, q.created_at, q.id) \
         FROM moment_reactions q LEFT JOIN users qu ON qu.id = q.user_id LEFT JOIN tokens qt ON qt.id = q.guest_id WHERE q.recording_id = r.id)"
    };
}
macro_rules! moments_postgres {
    () => {
        "(SELECT json_agg(json_build_object('id', q.id, 'recording_id', q.recording_id, 'at_ms', q.at_ms, \
         'kind', q.kind, 'user_id', q.user_id, 'guest_id', q.guest_id, \
         'name', COALESCE(qu.name, qt.name), 'created_at', q.created_at) ORDER BY q.at_ms, q.created_at, q.id) \
         FROM moment_reactions q LEFT JOIN users qu ON qu.id = q.user_id LEFT JOIN tokens qt ON qt.id = q.guest_id WHERE q.recording_id = r.id)"
    };
}
pub(super) use {moments_postgres, moments_sqlite};

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

/// Who is heard when in recording `r`, by moment, as JSON.
macro_rules! turns_sqlite {
    () => {
        "(SELECT json_group_array(json_array(h.at_ms, h.source) ORDER BY h.at_ms) \
         FROM sound_turns h WHERE h.recording_id = r.id)"
    };
}
macro_rules! turns_postgres {
    () => {
        "(SELECT json_agg(json_build_array(h.at_ms, h.source) ORDER BY h.at_ms) \
         FROM sound_turns h WHERE h.recording_id = r.id)"
    };
}
pub(super) use {turns_postgres, turns_sqlite};

/// The first words of recording `r`, in order, as JSON.
macro_rules! opening_sqlite {
    () => {
        "(SELECT json_group_array(json_array(w.text, CASE WHEN w.joined THEN 1 ELSE 0 END) ORDER BY w.n) \
         FROM words w WHERE w.recording_id = r.id AND w.n < 60)"
    };
}
macro_rules! opening_postgres {
    () => {
        "(SELECT json_agg(json_build_array(w.text, CASE WHEN w.joined THEN 1 ELSE 0 END) ORDER BY w.n) \
         FROM words w WHERE w.recording_id = r.id AND w.n < 60)"
    };
}
pub(super) use {opening_postgres, opening_sqlite};

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

/// Lets one worker at a time make a key for addresses of answers (PostgreSQL; SQLite has one writer anyway), so that a key which
/// has signed is not replaced.
pub(super) const REPLY_KEYS_LOCK_POSTGRES: &str = "SELECT pg_advisory_xact_lock(418564596841)";

/// The rows `f` of search that fit the tokens `$2`, with their recordings `r`, the newest first. The tokens are written by
/// `search::expression` in the language of either. The order of the joins is that of the words: a recording is looked up for each row that
/// fits, where either planner may compare all rows with all recordings (PostgreSQL leaves what has an OFFSET as it is).
macro_rules! lines_that_fit_sqlite {
    () => {
        "search_line_tokens t CROSS JOIN search_lines f ON f.id = t.rowid AND search_line_tokens MATCH $2 CROSS JOIN recordings r ON r.id = f.recording_id"
    };
}
macro_rules! lines_that_fit_postgres {
    () => {
        "search_lines f JOIN LATERAL (SELECT * FROM recordings x WHERE x.id = f.recording_id OFFSET 0) r ON f.tokens @@ CAST($2 AS tsquery)"
    };
}
macro_rules! windows_that_fit_sqlite {
    () => {
        "search_window_tokens t CROSS JOIN search_windows f ON f.id = t.rowid AND search_window_tokens MATCH $2 CROSS JOIN recordings r ON r.id = f.recording_id"
    };
}
macro_rules! windows_that_fit_postgres {
    () => {
        "search_windows f JOIN LATERAL (SELECT * FROM recordings x WHERE x.id = f.recording_id OFFSET 0) r ON f.tokens @@ CAST($2 AS tsquery)"
    };
}
macro_rules! screens_that_fit_sqlite {
    () => {
        "search_screen_tokens t CROSS JOIN search_screens f ON f.id = t.rowid AND search_screen_tokens MATCH $2 CROSS JOIN recordings r ON r.id = f.recording_id"
    };
}
macro_rules! screens_that_fit_postgres {
    () => {
        "search_screens f JOIN LATERAL (SELECT * FROM recordings x WHERE x.id = f.recording_id OFFSET 0) r ON f.tokens @@ CAST($2 AS tsquery)"
    };
}
/// The ids of a JSON array of hexadecimal digits.
macro_rules! ids_sqlite {
    ($parameter:literal) => {
        concat!("(SELECT unhex(value) FROM json_each(", $parameter, "))")
    };
}
macro_rules! ids_postgres {
    ($parameter:literal) => {
        concat!(
            "(SELECT value::uuid FROM json_array_elements_text(",
            $parameter,
            "::json))"
        )
    };
}
/// The numbers of a JSON array.
macro_rules! numbers_sqlite {
    ($parameter:literal) => {
        concat!("(SELECT value FROM json_each(", $parameter, "))")
    };
}
macro_rules! numbers_postgres {
    ($parameter:literal) => {
        concat!(
            "(SELECT value::bigint FROM json_array_elements_text(",
            $parameter,
            "::json))"
        )
    };
}
/// The texts of a JSON array.
macro_rules! texts_sqlite {
    ($parameter:literal) => {
        concat!("(SELECT value FROM json_each(", $parameter, "))")
    };
}
macro_rules! texts_postgres {
    ($parameter:literal) => {
        concat!(
            "(SELECT value FROM json_array_elements_text(",
            $parameter,
            "::json))"
        )
    };
}
pub(super) use {
    ids_postgres, ids_sqlite, lines_that_fit_postgres, lines_that_fit_sqlite, numbers_postgres,
    numbers_sqlite, screens_that_fit_postgres, screens_that_fit_sqlite, texts_postgres,
    texts_sqlite, windows_that_fit_postgres, windows_that_fit_sqlite,
};
