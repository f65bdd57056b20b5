-- What concerns a person: one row a person and cause. The inbox shows it, mails tell of it.
CREATE TABLE notices (
    id           BLOB   NOT NULL PRIMARY KEY,
    user_id      BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    cause        TEXT   NOT NULL,                   -- such as `comment ID`: nobody is told of it twice
    kind         TEXT   NOT NULL,                   -- mention | assigned | answer | comment | followed | asked | shared | …
    recording_id BLOB   NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    comment_id   BLOB   REFERENCES comments (id) ON DELETE CASCADE,
    actor_id     BLOB   REFERENCES users (id) ON DELETE SET NULL,   -- whose deed it was; none: a guest's, or nobody's
    created_at   BIGINT NOT NULL,
    shown_at     BIGINT NOT NULL,                   -- in the future: put off until then
    read_at      BIGINT,
    done_at      BIGINT,
    UNIQUE (user_id, cause)
);
CREATE INDEX notices_by_user ON notices (user_id, shown_at, id);
CREATE INDEX notices_by_recording ON notices (recording_id, user_id);
CREATE INDEX notices_by_comment ON notices (comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX notices_by_actor ON notices (actor_id) WHERE actor_id IS NOT NULL;

-- What people follow and mute. One of the four says what it is.
CREATE TABLE subscriptions (
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    target       BLOB    NOT NULL,                  -- the same as the one of the four
    follows      BOOLEAN NOT NULL,                  -- false: muted
    recording_id BLOB    REFERENCES recordings (id) ON DELETE CASCADE,
    thread_id    BLOB    REFERENCES comments (id) ON DELETE CASCADE,
    folder_id    BLOB    REFERENCES folders (id) ON DELETE CASCADE,
    person_id    BLOB    REFERENCES users (id) ON DELETE CASCADE,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (user_id, target)
);
CREATE INDEX subscriptions_by_target ON subscriptions (target);
CREATE INDEX subscriptions_of_recordings ON subscriptions (recording_id);
CREATE INDEX subscriptions_of_threads ON subscriptions (thread_id);
CREATE INDEX subscriptions_of_folders ON subscriptions (folder_id);
CREATE INDEX subscriptions_of_people ON subscriptions (person_id);

-- What is to be told elsewhere than on a page: one row a notice and channel, written with the notice.
CREATE TABLE outbox (
    notice_id    BLOB    NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    channel      TEXT    NOT NULL,                  -- mail
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    due_at       BIGINT  NOT NULL,
    together     BOOLEAN NOT NULL,                  -- in one message with all of the person's that are due at the same instant
    ended_at     BIGINT,                            -- sent, or not to be sent any more
    PRIMARY KEY (notice_id, channel)
);
CREATE INDEX outbox_due ON outbox (user_id, due_at) WHERE ended_at IS NULL;
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;

-- How people want to be told; who has no row: as the program says.
CREATE TABLE notice_settings (
    user_id      BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    settings     TEXT    NOT NULL                   -- JSON
);
