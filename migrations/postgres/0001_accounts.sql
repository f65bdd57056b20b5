-- People, and the opaque tokens by which they are known. Tokens are stored hashed (SHA-256).
CREATE TABLE users (
    id            UUID    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,          -- trimmed, lower case
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,                 -- owner | admin | member | viewer
    password_hash TEXT,                             -- argon2id PHC string
    created_at    BIGINT  NOT NULL
);

CREATE TABLE tokens (
    id           UUID    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,                  -- session | api | device | guest
    hash         BYTEA   NOT NULL UNIQUE,
    user_id      UUID    REFERENCES users (id) ON DELETE CASCADE,   -- none for a guest
    name         TEXT    NOT NULL,                  -- of the token, or of the guest
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT
);
CREATE INDEX tokens_by_user ON tokens (user_id);

CREATE TABLE device_codes (
    device_hash    BYTEA   NOT NULL PRIMARY KEY,
    user_code      TEXT    NOT NULL UNIQUE,         -- eight consonants, no dash
    client_name    TEXT    NOT NULL,
    state          TEXT    NOT NULL,                -- pending | approved | denied
    user_id        UUID    REFERENCES users (id) ON DELETE CASCADE,
    created_at     BIGINT  NOT NULL,
    expires_at     BIGINT  NOT NULL,
    last_polled_at BIGINT
);

-- Server-wide secrets and facts, such as the key that signs media links.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
