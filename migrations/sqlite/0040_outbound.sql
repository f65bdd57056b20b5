-- What leaves the server: where it is sent, what happened, and what became of each delivery (decision 76).
CREATE TABLE destinations (
    id            BLOB    NOT NULL PRIMARY KEY,
    user_id       BLOB    REFERENCES users (id) ON DELETE CASCADE,    -- none: the server's
    made_by       BLOB    REFERENCES users (id) ON DELETE SET NULL,   -- who is told when it does not work
    name          TEXT    NOT NULL,
    target        TEXT    NOT NULL,                 -- JSON: what is spoken there, address and secrets
    events        TEXT    NOT NULL,                 -- ` comment.created comment.resolved `
    places        TEXT    NOT NULL,                 -- all | mine | inbox | chosen
    created_at    BIGINT  NOT NULL,
    paused_at     BIGINT,
    paused_why    TEXT,                             -- none: somebody said so
    failures      BIGINT  NOT NULL,                 -- in a row
    held_until    BIGINT  NOT NULL,
    deleted_at    BIGINT
);
CREATE INDEX destinations_by_user ON destinations (user_id);
CREATE INDEX destinations_by_maker ON destinations (made_by);

-- The recordings and folders that a rule chose. One of the two says what it is.
CREATE TABLE destination_places (
    destination_id BLOB   NOT NULL REFERENCES destinations (id) ON DELETE CASCADE,
    place          BLOB   NOT NULL,                 -- the same as the one of the two
    recording_id   BLOB   REFERENCES recordings (id) ON DELETE CASCADE,
    folder_id      BLOB   REFERENCES folders (id) ON DELETE CASCADE,
    PRIMARY KEY (destination_id, place)
);
CREATE INDEX destination_places_of_recordings ON destination_places (recording_id);
CREATE INDEX destination_places_of_folders ON destination_places (folder_id);

-- What happened, by ids: written where somebody is told of it.
CREATE TABLE outbound_events (
    id            BLOB    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    recording_id  BLOB    REFERENCES recordings (id) ON DELETE CASCADE,   -- none of a test
    comment_id    BLOB    REFERENCES comments (id) ON DELETE CASCADE,
    actor_id      BLOB    REFERENCES users (id) ON DELETE SET NULL,
    at            BIGINT  NOT NULL
);
CREATE INDEX outbound_events_by_recording ON outbound_events (recording_id);
CREATE INDEX outbound_events_by_comment ON outbound_events (comment_id);
CREATE INDEX outbound_events_by_actor ON outbound_events (actor_id);
CREATE INDEX outbound_events_by_time ON outbound_events (at);

-- One row an event and destination.
CREATE TABLE deliveries (
    id             BLOB   NOT NULL PRIMARY KEY,
    destination_id BLOB   NOT NULL REFERENCES destinations (id) ON DELETE CASCADE,
    event_id       BLOB   NOT NULL REFERENCES outbound_events (id) ON DELETE CASCADE,
    state          TEXT   NOT NULL,                 -- waiting | delivered | failed | dropped
    created_at     BIGINT NOT NULL,
    since          BIGINT NOT NULL,                 -- since when it is tried; later than created_at where it was asked for again
    due_at         BIGINT NOT NULL,
    tries          BIGINT NOT NULL,                 -- failures since then
    attempts       BIGINT NOT NULL,                 -- in all
    ended_at       BIGINT,
    UNIQUE (destination_id, event_id)
);
CREATE INDEX deliveries_due ON deliveries (destination_id, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_by_event ON deliveries (event_id);

-- Each time that something was sent.
CREATE TABLE delivery_attempts (
    delivery_id    BLOB   NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number         BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    status         BIGINT,                          -- none: no answer
    reason         TEXT,                            -- none: it was taken
    took_ms        BIGINT NOT NULL,
    excerpt        TEXT   NOT NULL,                 -- the beginning of the answer
    PRIMARY KEY (delivery_id, number)
);

-- The address of a person's calendar of due dates holds this number: another number is another address.
CREATE TABLE calendars (
    user_id        BLOB   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    number         BIGINT NOT NULL
);
