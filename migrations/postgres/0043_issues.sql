-- Issues of trackers that stand for a comment, a recording or a moment of one, or on which a recording is linked (decision 80).
CREATE TABLE issues (
    id             UUID    NOT NULL PRIMARY KEY,
    destination_id UUID    REFERENCES destinations (id) ON DELETE SET NULL,
    recording_id   UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    comment_id     UUID    REFERENCES comments (id) ON DELETE CASCADE,
    event_id       UUID    REFERENCES outbound_events (id) ON DELETE SET NULL,
    asked_by       UUID    REFERENCES users (id) ON DELETE SET NULL,
    subject        TEXT    NOT NULL,                -- what it is about: asked for twice, it is one
    at_ms          BIGINT  NOT NULL,
    linked         TEXT,                            -- an issue that was there before: the recording is linked on it
    created_at     BIGINT  NOT NULL,
    begun_at       BIGINT,                          -- the tracker was asked to write
    password       BIGINT,                          -- the one of the recording that whoever asked proved to know
    remote         TEXT,                            -- by what the tracker knows it; none: it is not there (yet)
    name           TEXT    NOT NULL,                -- what people call it, such as ABC-12
    url            TEXT    NOT NULL,
    state          TEXT    NOT NULL,                -- in the tracker's words; empty: not known
    closed         BIGINT  NOT NULL,
    changed_at     BIGINT  NOT NULL,                -- at the tracker
    checked_at     BIGINT  NOT NULL
);
CREATE UNIQUE INDEX issues_by_subject ON issues (destination_id, subject);
CREATE INDEX issues_by_remote ON issues (destination_id, remote);
CREATE INDEX issues_by_recording ON issues (recording_id);
CREATE INDEX issues_by_comment ON issues (comment_id);
CREATE INDEX issues_by_event ON issues (event_id);
CREATE INDEX issues_by_asker ON issues (asked_by);

-- What trackers told by webhooks: nothing is taken twice.
CREATE TABLE hooks_seen (
    destination_id UUID    NOT NULL REFERENCES destinations (id) ON DELETE CASCADE,
    digest         BYTEA   NOT NULL,
    at             BIGINT  NOT NULL,
    PRIMARY KEY (destination_id, digest)
);
CREATE INDEX hooks_seen_by_time ON hooks_seen (at);
