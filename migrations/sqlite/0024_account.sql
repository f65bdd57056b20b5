-- What people say of themselves; none: what their browser says.
ALTER TABLE users ADD COLUMN time_zone TEXT;                    -- such as Europe/Berlin
ALTER TABLE users ADD COLUMN language  TEXT;                    -- BCP 47, such as de

-- Small pictures of people, encoded by us.
CREATE TABLE pictures (
    user_id BLOB   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sha256  BLOB   NOT NULL,
    png     BLOB   NOT NULL
);

-- From where a browser was signed in.
ALTER TABLE tokens ADD COLUMN address TEXT;

-- Links that do one thing once, for whoever got them.
CREATE TABLE account_links (
    hash       BLOB   NOT NULL PRIMARY KEY,         -- SHA-256 of the secret in the link
    purpose    TEXT   NOT NULL,                     -- reset | mail
    user_id    BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT,                                -- mail: the address that is to be the person's
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_links_by_user ON account_links (user_id);

-- Mails that wait to be sent by a job; gone once they are, because links in them are secrets.
CREATE TABLE mails (
    id         BLOB   NOT NULL PRIMARY KEY,
    letter     TEXT   NOT NULL,                     -- JSON
    created_at BIGINT NOT NULL
);
