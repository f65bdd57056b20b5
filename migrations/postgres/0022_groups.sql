-- Groups of people, with which recordings can be shared.
CREATE TABLE user_groups (
    id           UUID    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    folded_name  TEXT    NOT NULL UNIQUE,           -- in lower case: two groups that are called the same cannot be told apart
    created_at   BIGINT  NOT NULL,
    version      BIGINT  NOT NULL                   -- counted up by each change of the name, for If-Match
);

CREATE TABLE user_group_members (
    group_id     UUID    NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    user_id      UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX user_group_members_by_user ON user_group_members (user_id);

-- Into which groups who accepts an invitation comes.
CREATE TABLE invitation_groups (
    invitation_id UUID   NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    group_id      UUID   NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, group_id)
);

ALTER TABLE grants ADD COLUMN group_id UUID REFERENCES user_groups (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX grants_by_group ON grants (recording_id, group_id);
