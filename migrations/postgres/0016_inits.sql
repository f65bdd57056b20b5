-- Inits of a track behind the first, which stands in its row: an encoder may be replaced in the middle of a take.
CREATE TABLE inits (
    recording_id UUID    NOT NULL,
    track        TEXT    NOT NULL,
    version      BIGINT  NOT NULL,                  -- 2, 3, …
    codec        TEXT    NOT NULL,                  -- RFC 6381, read from the init
    width        BIGINT,
    height       BIGINT,
    init         BYTEA   NOT NULL,                  -- ftyp + moov
    PRIMARY KEY (recording_id, track, version),
    FOREIGN KEY (recording_id, track) REFERENCES tracks (recording_id, name) ON DELETE CASCADE
);

-- Version of the init that a part is decoded with.
ALTER TABLE parts ADD COLUMN init BIGINT NOT NULL DEFAULT 1;
