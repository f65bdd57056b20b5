-- Links to recordings that somebody shared in a chat, which asks for a preview of them (decision 81).
CREATE TABLE shared_links (
    event_id       BLOB    NOT NULL PRIMARY KEY REFERENCES outbound_events (id) ON DELETE CASCADE,
    message        TEXT    NOT NULL,                -- JSON: where they stand, in the words of the chat
    links          TEXT    NOT NULL                 -- JSON: the links, as they were written
);
