-- Who reads a thread: everyone who sees the recording, only members, or only who wrote it. Replies have that of their thread.
ALTER TABLE comments ADD COLUMN visibility TEXT NOT NULL DEFAULT 'everyone'; -- everyone | members | author

-- Who is to do what a thread says, until the end of which day (YYYY-MM-DD) in their zone.
ALTER TABLE comments ADD COLUMN assignee_id UUID REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE comments ADD COLUMN due_on      TEXT;

CREATE INDEX comments_by_parent ON comments (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX comments_by_assignee ON comments (assignee_id) WHERE assignee_id IS NOT NULL;

-- Whom a comment mentions: one of the three. The words hold a marker with the id.
CREATE TABLE comment_mentions (
    comment_id   UUID    NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    n            BIGINT  NOT NULL,                  -- by their place in the words
    user_id      UUID    REFERENCES users (id) ON DELETE CASCADE,
    group_id     UUID    REFERENCES user_groups (id) ON DELETE CASCADE,
    guest_id     UUID    REFERENCES tokens (id) ON DELETE CASCADE,
    PRIMARY KEY (comment_id, n)
);
CREATE INDEX comment_mentions_by_user ON comment_mentions (user_id) WHERE user_id IS NOT NULL;

-- How comments read before they were edited.
CREATE TABLE comment_versions (
    comment_id   UUID    NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    n            BIGINT  NOT NULL,                  -- from 1
    body         TEXT    NOT NULL,
    written_at   BIGINT  NOT NULL,
    PRIMARY KEY (comment_id, n)
);

CREATE TABLE comment_reactions (
    comment_id   UUID    NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    emoji        TEXT    NOT NULL,
    user_id      UUID    REFERENCES users (id) ON DELETE CASCADE,
    guest_id     UUID    REFERENCES tokens (id) ON DELETE CASCADE,
    created_at   BIGINT  NOT NULL
);
CREATE UNIQUE INDEX comment_reactions_by_user ON comment_reactions (comment_id, emoji, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX comment_reactions_by_guest ON comment_reactions (comment_id, emoji, guest_id) WHERE guest_id IS NOT NULL;

-- Reactions to a moment of a recording.
CREATE TABLE moment_reactions (
    id           UUID    NOT NULL PRIMARY KEY,
    recording_id UUID    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    at_ms        BIGINT  NOT NULL,
    kind         TEXT    NOT NULL,
    user_id      UUID    REFERENCES users (id) ON DELETE CASCADE,
    guest_id     UUID    REFERENCES tokens (id) ON DELETE CASCADE,
    created_at   BIGINT  NOT NULL
);
CREATE INDEX moment_reactions_by_recording ON moment_reactions (recording_id, at_ms);
