-- Who watched how much of a recording. One row a person; without an account or a name, a browser.
CREATE TABLE views (
    recording_id UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    viewer       TEXT    NOT NULL,                  -- `member ID`, `guest ID` (of their token), `visitor HASH`
    user_id      UUID    REFERENCES users (id) ON DELETE CASCADE,
    guest_id     UUID    REFERENCES tokens (id) ON DELETE CASCADE,
    seconds      BYTEA   NOT NULL,                  -- one bit for each second of the recording, the lowest first
    position_ms  BIGINT  NOT NULL,                  -- where they were last
    first_at     BIGINT  NOT NULL,
    last_at      BIGINT  NOT NULL,
    counted_at   BIGINT,                            -- since when it is a view
    PRIMARY KEY (recording_id, viewer)
);
CREATE INDEX views_counted ON views (recording_id) WHERE counted_at IS NOT NULL;
CREATE INDEX views_by_user ON views (user_id, last_at);
CREATE INDEX views_of_members ON views (recording_id, user_id);
CREATE INDEX views_by_guest ON views (guest_id);

-- Whether it is noted what a person watches, and who watches what they recorded.
ALTER TABLE users ADD COLUMN views BOOLEAN NOT NULL DEFAULT TRUE;
