-- What lists of one's own folders, of what is shared with a person and of what is there for everybody are read by.
CREATE INDEX recordings_in_folders ON recordings (owner_id, folder_id, id) WHERE deleted_at IS NULL;
CREATE INDEX recordings_for_everyone ON recordings (created_at, id) WHERE deleted_at IS NULL AND audience <> 'owner';
CREATE INDEX recordings_for_everyone_by_title ON recordings (LOWER(title), id) WHERE deleted_at IS NULL AND audience <> 'owner';
CREATE INDEX recordings_for_everyone_by_length ON recordings (COALESCE(length_ms, 0), id) WHERE deleted_at IS NULL AND audience <> 'owner';
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_email ON grants (email);
CREATE INDEX grants_of_groups ON grants (group_id);

-- Nothing is to be found in it but the trash: what is not in the trash would be looked for through it otherwise.
DROP INDEX recordings_by_deletion;
CREATE INDEX recordings_by_deletion ON recordings (deleted_at) WHERE deleted_at IS NOT NULL;
