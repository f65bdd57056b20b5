-- Who is asked to watch a recording, and who said that they are done with it.
CREATE TABLE viewings (
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    required     BOOLEAN NOT NULL,                  -- false: they only said that they are done
    due_at       BIGINT,                            -- until when
    done_at      BIGINT,
    reminded_at  BIGINT,                            -- once is enough
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (recording_id, user_id)
);
CREATE INDEX viewings_by_user ON viewings (user_id);
