-- People come and go: who was deactivated, when somebody was last here, and invitations.
ALTER TABLE users ADD COLUMN deactivated_at BIGINT;                                   -- no token of theirs counts from then on
ALTER TABLE users ADD COLUMN last_seen_at   BIGINT;                                   -- to the hour
ALTER TABLE users ADD COLUMN people_version BIGINT  NOT NULL DEFAULT 0;               -- counts changes of role and state
ALTER TABLE users ADD COLUMN email_proved   BOOLEAN NOT NULL DEFAULT TRUE;            -- that the address is theirs; else sharing with it does not count

-- One-time links to an account. Their secrets are stored hashed (SHA-256).
CREATE TABLE invitations (
    id           UUID    NOT NULL PRIMARY KEY,
    hash         BYTEA   NOT NULL UNIQUE,
    email        TEXT,                              -- trimmed, lower case; none: whoever has the link says one
    role         TEXT    NOT NULL,                  -- owner | admin | member | viewer
    invited_by   UUID    REFERENCES users (id) ON DELETE SET NULL,  -- none: by the command line, or by somebody who is gone
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    used_at      BIGINT,
    used_by      UUID    REFERENCES users (id) ON DELETE SET NULL,
    revoked_at   BIGINT
);
