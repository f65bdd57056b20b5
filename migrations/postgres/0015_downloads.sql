-- A finished recording as one file, made by a worker when somebody asks for it. No row: nobody has asked.
CREATE TABLE downloads (
    recording_id   UUID    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    state          TEXT    NOT NULL,                -- waiting | running | ready | failed
    percent        BIGINT  NOT NULL,
    why            TEXT,                            -- of a failed one, for people
    key            TEXT,                            -- object path of the file
    size           BIGINT,                          -- bytes
    asked_at       BIGINT  NOT NULL                 -- when somebody last asked for it
);
