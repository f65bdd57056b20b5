-- Some lively seconds of a recording, as a silent MP4.
CREATE TABLE previews (
    recording_id BLOB    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    key          TEXT    NOT NULL,                  -- object path
    size         BIGINT  NOT NULL,                  -- bytes
    start_ms     BIGINT  NOT NULL,                  -- where it begins in the recording
    width        BIGINT  NOT NULL,                  -- pixels
    height       BIGINT  NOT NULL
);
