-- The oldest changes of a transcript become one, which leads back to how it was transcribed: whether a worker began anew among them.
ALTER TABLE transcript_versions ADD COLUMN moved BOOLEAN NOT NULL DEFAULT FALSE;

-- Who is heard when, in recordings of a microphone and of what the machine played.
CREATE TABLE sound_turns (
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    at_ms        BIGINT  NOT NULL,
    source       TEXT    NOT NULL,                  -- microphone | system | both
    PRIMARY KEY (recording_id, at_ms)
);
