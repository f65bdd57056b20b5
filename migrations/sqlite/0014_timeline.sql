-- What stands on a recording's timeline beside comments: where the face lies, chapters, how the take went.
CREATE TABLE layouts (
    recording_id BLOB    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    version      BIGINT  NOT NULL,                  -- counted up by each change, for If-Match
    moments      TEXT   NOT NULL                   -- [{at_ms, face, corner, size}] as they were told, in no order
);

CREATE TABLE marks (
    id           BLOB    NOT NULL PRIMARY KEY,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    at_ms        BIGINT  NOT NULL,
    title        TEXT    NOT NULL,                  -- empty: not named yet
    created_at   BIGINT  NOT NULL,
    deleted_at   BIGINT,
    version      BIGINT  NOT NULL
);
CREATE INDEX marks_by_recording ON marks (recording_id, at_ms);

-- How the take went, as its recorder says; for its owner.
CREATE TABLE take_reports (
    recording_id BLOB    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    report       TEXT   NOT NULL
);

-- When its owner emptied this part of the events track: the row stays, the object goes.
ALTER TABLE parts ADD COLUMN emptied_at BIGINT;
