-- What a program may do with a token, such as `comment read`. None: everything its person may, as browsers, recorders, and tokens that
-- were made before there were scopes.
ALTER TABLE tokens ADD COLUMN scopes TEXT;

-- Answers to requests that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
    token_id     UUID    NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,                  -- the key
    request      BYTEA   NOT NULL,                  -- SHA-256 of what was asked for
    status       BIGINT,                            -- none: it is not answered yet
    content_type TEXT,
    body         BYTEA,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (token_id, name)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);
