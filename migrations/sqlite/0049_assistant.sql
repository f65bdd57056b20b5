-- What a language model wrote: which one, who is to do a task, and until when.
ALTER TABLE suggestions ADD COLUMN model TEXT;      -- NULL: found without a model
ALTER TABLE suggestions ADD COLUMN who TEXT;        -- as the talk names them
ALTER TABLE suggestions ADD COLUMN until_day TEXT;  -- such as 2026-12-04

-- How far a model is with a recording.
CREATE TABLE assistant_runs (
    recording_id BLOB    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    state        TEXT    NOT NULL,                  -- waiting | running | done | failed
    model        TEXT    NOT NULL,
    why          TEXT,                              -- it waits, failed, or is not whole
    fingerprint  TEXT    NOT NULL,                  -- of the words that were sent
    asked        BIGINT  NOT NULL,                  -- parts of the talk that are done
    parts        BIGINT  NOT NULL,
    changed_at   BIGINT  NOT NULL
);
