-- Recordings that somebody gave to somebody else a moment ago, and can take back.
CREATE TABLE handovers (
    recording_id UUID    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    from_id      UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    to_id        UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    folder_id    UUID    REFERENCES folders (id) ON DELETE SET NULL,  -- where it lay
    named        BOOLEAN NOT NULL,                  -- it was shared with the other by name
    until        BIGINT  NOT NULL
);
CREATE INDEX handovers_by_end ON handovers (until);

-- A question that was answered is kept for as long as the answer can be taken back.
ALTER TABLE access_requests ADD COLUMN answered_at BIGINT;
ALTER TABLE access_requests ADD COLUMN granted     UUID;                -- the grant that a yes made
