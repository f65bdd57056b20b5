-- Passkeys (W3C Web Authentication), a second factor that may stand alone.
CREATE TABLE passkeys (
    credential_id   BLOB   NOT NULL PRIMARY KEY,          -- by which the device knows it
    user_id         BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    public_key      BLOB   NOT NULL,                      -- COSE_Key
    counter         BIGINT NOT NULL,                      -- uses, as the device counts them
    backup_eligible BOOLEAN NOT NULL,                     -- other devices of the person may have it as well
    rp_id           TEXT   NOT NULL,                      -- the domain it was made for
    transports      TEXT   NOT NULL,                      -- parted by spaces
    name            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT
);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- What browsers were asked and have not answered; each counts once.
CREATE TABLE passkey_challenges (
    hash       BLOB   NOT NULL PRIMARY KEY,               -- SHA-256
    purpose    TEXT   NOT NULL,
    user_id    BLOB   REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
