-- Who is who at a provider of sign-ins (OpenID Connect).
CREATE TABLE identities (
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    user_id    BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (user_id, issuer)
);

-- Sign-ins that were begun there.
CREATE TABLE oidc_logins (
    state_hash   BLOB   NOT NULL PRIMARY KEY,
    browser_hash BLOB   NOT NULL,                   -- of the secret in the cookie of the browser that began it
    nonce        TEXT   NOT NULL,
    verifier     TEXT   NOT NULL,                   -- of PKCE
    next         TEXT   NOT NULL,                   -- where to go on to
    expires_at   BIGINT NOT NULL
);

-- Second factors (TOTP). The server has to know the secret.
CREATE TABLE two_factors (
    user_id      BLOB   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret       BLOB   NOT NULL,
    confirmed_at BIGINT,                            -- none: nobody is asked for it yet
    last_step    BIGINT NOT NULL                    -- whose code was used last
);

CREATE TABLE recovery_codes (
    user_id BLOB   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash    BLOB   NOT NULL,                        -- SHA-256
    PRIMARY KEY (user_id, hash)
);
