-- Transcripts that people correct or bring themselves.
ALTER TABLE transcripts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;           -- counted up by each change by a person
ALTER TABLE transcripts ADD COLUMN imported BOOLEAN NOT NULL DEFAULT FALSE;     -- from a file: no worker writes it

-- What each change replaced, so that it can be taken back.
CREATE TABLE transcript_versions (
    recording_id UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    version      BIGINT  NOT NULL,                  -- that this change led to
    user_id      UUID    REFERENCES users (id) ON DELETE SET NULL,
    kind         TEXT    NOT NULL,                  -- edit | file | restore | redo
    first        BIGINT  NOT NULL,                  -- number of the first word that was replaced
    removed      JSONB   NOT NULL,                  -- the words that stood there
    added        BIGINT,                            -- how many took their place; null: all that are there
    was          JSONB,                             -- how the transcript stood, where more than words changed
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (recording_id, version)
);
CREATE INDEX transcript_versions_by_user ON transcript_versions (user_id) WHERE user_id IS NOT NULL;
