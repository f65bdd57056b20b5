-- Sharing that recordings take from the folder in which they lie (decision 96).
ALTER TABLE folders ADD COLUMN audience  TEXT;       -- owner | members; none: as the folder in which it lies, or not shared
ALTER TABLE folders ADD COLUMN shared_by BLOB;       -- the nearest folder that says so, itself or one above; none: not shared

-- People who may see what lies in a folder.
CREATE TABLE folder_grants (
    id         BLOB   NOT NULL PRIMARY KEY,
    folder_id  BLOB   NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    user_id    BLOB   REFERENCES users (id) ON DELETE CASCADE,
    group_id   BLOB   REFERENCES user_groups (id) ON DELETE CASCADE,  -- one of the two is set
    created_at BIGINT NOT NULL,
    UNIQUE (folder_id, user_id),
    UNIQUE (folder_id, group_id)
);
CREATE INDEX folder_grants_by_user ON folder_grants (user_id);
CREATE INDEX folder_grants_of_groups ON folder_grants (group_id);

ALTER TABLE recordings ADD COLUMN shared_folder BLOB REFERENCES folders (id) ON DELETE SET NULL;  -- whose people may see it
ALTER TABLE recordings ADD COLUMN own_audience  TEXT;                              -- for itself, where its folder decides; none: audience
ALTER TABLE recordings ADD COLUMN narrowed      BOOLEAN NOT NULL DEFAULT FALSE;    -- its own audience counts in a shared folder
CREATE INDEX recordings_by_shared_folder ON recordings (shared_folder);
