-- Keys that sign the addresses by which mails are answered. A new one is made now and then.
CREATE TABLE reply_keys (
    id           BIGINT NOT NULL PRIMARY KEY,       -- 0 to 255, and again from 0
    key          TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);

-- Mails that were answers, taken or refused: each once, however often it is delivered.
CREATE TABLE mail_replies (
    message      TEXT   NOT NULL PRIMARY KEY,       -- digest of address and Message-ID
    sender       TEXT   NOT NULL,                   -- digest of whom it says it is from
    user_id      BLOB   REFERENCES users (id) ON DELETE CASCADE,   -- for whom the address was made
    outcome      TEXT   NOT NULL,                   -- posted, or why it was refused
    created_at   BIGINT NOT NULL
);
CREATE INDEX mail_replies_by_sender ON mail_replies (sender, created_at);
CREATE INDEX mail_replies_by_user ON mail_replies (user_id);
CREATE INDEX mail_replies_by_time ON mail_replies (created_at);
