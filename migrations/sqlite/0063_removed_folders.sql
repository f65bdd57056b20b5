-- Folders that somebody removed a moment ago, and can have back.
CREATE TABLE removed_folders (
    id         BLOB    NOT NULL PRIMARY KEY,         -- of the folder
    owner_id   BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    parent_id  BLOB,                                 -- as in folders, with what follows
    name       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    retention  TEXT,
    audience   TEXT,
    said       TEXT    NOT NULL,                     -- JSON: for whom it was, who follows or mutes it, which destinations chose it
    until      BIGINT  NOT NULL
);
CREATE INDEX removed_folders_by_owner ON removed_folders (owner_id);
CREATE INDEX removed_folders_by_end ON removed_folders (until);

-- What lay in them: only the trash can.
CREATE TABLE removed_folder_recordings (
    folder_id    BLOB    NOT NULL REFERENCES removed_folders (id) ON DELETE CASCADE,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    audience     TEXT    NOT NULL,                   -- what was chosen for it
    narrowed     BOOLEAN NOT NULL,
    PRIMARY KEY (folder_id, recording_id)
);
CREATE INDEX removed_folder_recordings_by_recording ON removed_folder_recordings (recording_id);
