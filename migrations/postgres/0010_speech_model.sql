-- The speech model of the workers, as the last one that looked found it.
CREATE TABLE speech_model (
    id           BIGINT  NOT NULL PRIMARY KEY,      -- always 1
    state        TEXT    NOT NULL,                  -- missing | downloading | ready
    name         TEXT    NOT NULL,                  -- as in the setting
    percent      BIGINT,                            -- of a download
    updated_at   BIGINT  NOT NULL
);
