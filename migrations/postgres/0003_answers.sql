-- What people and the worker say about a recording, and the events that tell open pages.
CREATE TABLE comments (
    id           UUID    NOT NULL PRIMARY KEY,
    recording_id UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    parent_id    UUID    REFERENCES comments (id) ON DELETE CASCADE,
    user_id      UUID    REFERENCES users (id) ON DELETE SET NULL,
    guest_id     UUID    REFERENCES tokens (id) ON DELETE SET NULL,
    author_name  TEXT    NOT NULL,                  -- as it was when written
    at_ms        BIGINT  NOT NULL,
    end_ms       BIGINT,
    body         TEXT    NOT NULL,                  -- Markdown
    created_at   BIGINT  NOT NULL,
    edited_at    BIGINT,
    resolved_at  BIGINT,
    resolved_by  TEXT,
    deleted_at   BIGINT
);
CREATE INDEX comments_by_recording ON comments (recording_id, at_ms);

CREATE TABLE transcripts (
    recording_id UUID    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    state        TEXT    NOT NULL,                  -- waiting | running | done | failed | no_model
    next_part    BIGINT  NOT NULL,                  -- first audio part not decoded for good
    done_ms      BIGINT  NOT NULL,                  -- everything before is published
    words        BIGINT  NOT NULL,                  -- how many are published
    cursor       JSONB   NOT NULL,                  -- the worker's own JSON
    updated_at   BIGINT  NOT NULL
);

CREATE TABLE words (
    recording_id UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    n            BIGINT  NOT NULL,
    start_ms     BIGINT  NOT NULL,
    end_ms       BIGINT  NOT NULL,
    text         TEXT    NOT NULL,
    gap          BOOLEAN NOT NULL,                  -- a pause precedes
    PRIMARY KEY (recording_id, n)
);

CREATE TABLE events (
    seq          BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recording_id UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,
    data         JSONB   NOT NULL,                  -- JSON
    created_at   BIGINT  NOT NULL
);
CREATE INDEX events_by_recording ON events (recording_id, seq);
