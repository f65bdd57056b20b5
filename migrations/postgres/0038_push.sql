-- Browsers in which a person is told by Web Push. A row ends with the sign-in that made it.
CREATE TABLE push_subscriptions (
    id            UUID   NOT NULL PRIMARY KEY,
    user_id       UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_id      UUID   NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    endpoint      TEXT   NOT NULL UNIQUE,           -- where the push service takes messages for this browser; a secret
    public_key    BYTEA  NOT NULL,                  -- of the browser: a point of P-256, uncompressed
    auth          BYTEA  NOT NULL,                  -- shared with the browser
    created_at    BIGINT NOT NULL,
    delivered_at  BIGINT,                           -- when the push service took a message last
    failing_since BIGINT,                           -- it has taken nothing since then
    held_until    BIGINT NOT NULL DEFAULT 0         -- it is left alone until then
);
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user_id);
CREATE INDEX push_subscriptions_by_token ON push_subscriptions (token_id);

-- For a row of a push subscription, which one: its channel is `push ID`. None for mails.
ALTER TABLE outbox ADD COLUMN subscription_id UUID;
CREATE INDEX outbox_of_subscriptions ON outbox (subscription_id) WHERE subscription_id IS NOT NULL;

-- Pictures of comments, made small.
CREATE TABLE attachment_thumbnails (
    attachment_id UUID   NOT NULL PRIMARY KEY REFERENCES attachments (id) ON DELETE CASCADE,
    jpeg          BYTEA                             -- NULL: none can be made of this picture
);

-- Files that their senders took out of a comment: what the history of the comment says of them.
CREATE TABLE comment_removed_files (
    comment_id    UUID   NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    n             BIGINT NOT NULL,                  -- from 1
    name          TEXT   NOT NULL,
    removed_at    BIGINT NOT NULL,
    PRIMARY KEY (comment_id, n)
);
