-- What a worker finds in a transcript without any model. What a person decided about is never found again.
CREATE TABLE suggestions (
    id           BLOB    NOT NULL PRIMARY KEY,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,                  -- chapter | sentence | action
    at_ms        BIGINT  NOT NULL,
    end_ms       BIGINT  NOT NULL,
    text         TEXT    NOT NULL,
    state        TEXT    NOT NULL,                  -- open | accepted | removed
    found        TEXT    NOT NULL,                  -- the text as it was found
    version      BIGINT  NOT NULL                   -- counted up by each change, for If-Match
);
CREATE INDEX suggestions_by_recording ON suggestions (recording_id, at_ms);

-- Small pictures of a recording, in one image.
CREATE TABLE sprites (
    recording_id BLOB    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    key          TEXT    NOT NULL,                  -- object path
    tile_width   BIGINT  NOT NULL,
    tile_height  BIGINT  NOT NULL,
    count        BIGINT  NOT NULL,
    every_ms     BIGINT  NOT NULL,
    changes      TEXT    NOT NULL                   -- [ms]: something else is shown from here on
);
