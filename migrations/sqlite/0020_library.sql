-- The library: folders and tags of one's own recordings, and what its lists are sorted and filtered by.
CREATE TABLE folders (
    id         BLOB    NOT NULL PRIMARY KEY,
    owner_id   BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    parent_id  BLOB,                                -- another folder of the same owner; none: at the top
    name       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX folders_by_owner ON folders (owner_id);

ALTER TABLE recordings ADD COLUMN folder_id BLOB REFERENCES folders (id) ON DELETE SET NULL;
CREATE INDEX recordings_by_folder ON recordings (folder_id);

CREATE TABLE recording_tags (
    recording_id BLOB NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    tag          TEXT NOT NULL,                     -- one line, lower case
    PRIMARY KEY (recording_id, tag)
);

-- Length of a finished recording.
ALTER TABLE recordings ADD COLUMN length_ms BIGINT;
UPDATE recordings SET length_ms = (
    SELECT MAX((p.start + p.duration) * 1000 / t.timescale) FROM parts p JOIN tracks t ON t.recording_id = p.recording_id AND t.name = p.track
    WHERE p.recording_id = recordings.id AND p.track IN ('video', 'audio')
) WHERE finished_at IS NOT NULL;
CREATE INDEX recordings_by_length ON recordings (owner_id, COALESCE(length_ms, 0), id);
CREATE INDEX recordings_by_title ON recordings (owner_id, LOWER(title), id);

-- What has been in the trash for longest.
CREATE INDEX recordings_by_deletion ON recordings (deleted_at);
