CREATE TABLE recordings (
    id           UUID    NOT NULL PRIMARY KEY,
    slug         TEXT    NOT NULL UNIQUE,
    owner_id     UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title        TEXT    NOT NULL,
    audience     TEXT    NOT NULL,                  -- link | members
    started_at   BIGINT  NOT NULL,                  -- by the recorder's clock
    created_at   BIGINT  NOT NULL,
    last_part_at BIGINT  NOT NULL,                  -- by ours; decides recording or interrupted
    finished_at  BIGINT,
    deleted_at   BIGINT,
    poster_key   TEXT                               -- object path
);
CREATE INDEX recordings_by_owner ON recordings (owner_id, id);

CREATE TABLE tracks (
    recording_id UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,                  -- video | audio | camera | microphone | system
    codec        TEXT    NOT NULL,                  -- RFC 6381, read from the init
    timescale    BIGINT  NOT NULL,
    width        BIGINT,
    height       BIGINT,
    init         BYTEA   NOT NULL,                  -- ftyp + moov; small, and needed with every playlist
    PRIMARY KEY (recording_id, name)
);

CREATE TABLE parts (
    recording_id UUID    NOT NULL,
    track        TEXT    NOT NULL,
    number       BIGINT  NOT NULL,
    start        BIGINT  NOT NULL,                  -- ticks
    duration     BIGINT  NOT NULL,                  -- ticks
    independent  BOOLEAN NOT NULL,
    size         BIGINT  NOT NULL,
    sha256       BYTEA   NOT NULL,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (recording_id, track, number),
    FOREIGN KEY (recording_id, track) REFERENCES tracks (recording_id, name) ON DELETE CASCADE
);
