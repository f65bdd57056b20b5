-- The words of a recording in other languages, written by a model.
CREATE TABLE translations (
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    language     TEXT    NOT NULL,                  -- ISO 639-1
    state        TEXT    NOT NULL,                  -- waiting | running | done | failed
    model        TEXT    NOT NULL,
    why          TEXT,
    fingerprint  TEXT    NOT NULL,                  -- of the words that it translates
    asked_by     BLOB    REFERENCES users (id) ON DELETE SET NULL,
    changed_at   BIGINT  NOT NULL,
    lines        TEXT    NOT NULL,                  -- [{start_ms, end_ms, gap, source, text}]
    PRIMARY KEY (recording_id, language)
);
