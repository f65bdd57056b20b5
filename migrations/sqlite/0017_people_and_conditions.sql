-- Who may see a recording beside its audience (owner | members | link), and under which conditions.
ALTER TABLE recordings ADD COLUMN share_ends_at    BIGINT;                            -- from then on only its owner sees it
ALTER TABLE recordings ADD COLUMN share_password   TEXT;                              -- argon2id PHC string
ALTER TABLE recordings ADD COLUMN password_version BIGINT  NOT NULL DEFAULT 0;        -- counts the passwords that were set
ALTER TABLE recordings ADD COLUMN comments_by      TEXT    NOT NULL DEFAULT 'anyone'; -- off | members | anyone
ALTER TABLE recordings ADD COLUMN downloads        BOOLEAN NOT NULL DEFAULT TRUE;     -- may be had as a file
ALTER TABLE recordings ADD COLUMN embed            TEXT    NOT NULL DEFAULT '[]';     -- JSON: origins whose pages may show it

-- People who may see a recording, by account or by mail address.
CREATE TABLE grants (
    id           BLOB    NOT NULL PRIMARY KEY,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    user_id      BLOB    REFERENCES users (id) ON DELETE CASCADE,
    email        TEXT,                              -- trimmed, lower case; one of the two is set
    created_at   BIGINT  NOT NULL,
    UNIQUE (recording_id, user_id),
    UNIQUE (recording_id, email)
);

-- Members who asked to see a recording; gone once they are answered.
CREATE TABLE access_requests (
    id           BLOB    NOT NULL PRIMARY KEY,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message      TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    UNIQUE (recording_id, user_id)
);

-- Who is meant where a recording is begun without a word about it; none: what the server says.
ALTER TABLE users ADD COLUMN default_audience TEXT;

-- What was changed by whom; rows are only ever added. It names what may be gone since.
CREATE TABLE audit (
    seq          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at           BIGINT  NOT NULL,
    actor_id     BLOB,
    actor_name   TEXT    NOT NULL,
    action       TEXT    NOT NULL,
    recording_id BLOB,
    detail       TEXT    NOT NULL                   -- JSON
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'rows of audit are never changed'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'rows of audit are never deleted'); END;
