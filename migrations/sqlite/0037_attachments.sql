-- Files of comments. A row is there before its object, so that no object is ever without one.
CREATE TABLE attachments (
    id           BLOB    NOT NULL PRIMARY KEY,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    comment_id   BLOB    REFERENCES comments (id) ON DELETE SET NULL, -- NULL: no comment names it (yet); forgotten after a day
    n            BIGINT  NOT NULL DEFAULT 0,        -- its place in the comment
    key          TEXT    NOT NULL,                  -- path in the object store
    name         TEXT    NOT NULL,
    size         BIGINT  NOT NULL,                  -- bytes
    content_type TEXT    NOT NULL,                  -- by what is in it, not by its name
    width        BIGINT,                            -- of a picture that pages may show
    height       BIGINT,
    created_at   BIGINT  NOT NULL,
    stored_at    BIGINT                             -- NULL: its object may not be whole
);
CREATE INDEX attachments_by_comment ON attachments (comment_id, n) WHERE comment_id IS NOT NULL;
CREATE INDEX attachments_by_recording ON attachments (recording_id);
CREATE INDEX attachments_unnamed ON attachments (created_at) WHERE comment_id IS NULL;
