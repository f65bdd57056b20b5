-- Notifications that a browser shows: they are taken back when they were read elsewhere.
CREATE TABLE push_shown (
    subscription_id BLOB   NOT NULL REFERENCES push_subscriptions (id) ON DELETE CASCADE,
    tag             TEXT   NOT NULL,                -- by which the browser knows the notification
    notice_id       BLOB   NOT NULL,                -- one of those that it tells of, which may be gone
    shown_at        BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, tag, notice_id)
);

-- When a browser was sent a message last that shows nothing.
ALTER TABLE push_subscriptions ADD COLUMN silent_at BIGINT;
