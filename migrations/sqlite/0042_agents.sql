-- Whether a program wrote it, with the token of the person who is its author.
ALTER TABLE comments ADD COLUMN by_agent BOOLEAN NOT NULL DEFAULT FALSE;

-- Programs that read a recording with somebody's token: counted apart from people who watch.
CREATE TABLE agent_views (
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,   -- whose token it was
    reads        BIGINT  NOT NULL,                  -- hours in which something was read
    last_at      BIGINT  NOT NULL,
    PRIMARY KEY (recording_id, user_id)
);
CREATE INDEX agent_views_by_user ON agent_views (user_id);
