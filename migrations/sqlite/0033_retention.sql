-- Retention. A word of a folder is `never`, `created DAYS` or `viewed DAYS`; without one it says what the folder above says.
ALTER TABLE folders ADD COLUMN retention TEXT;
-- Its owner said that it stays; when it came back from the trash last; when it goes to the trash, as its owner was told.
ALTER TABLE recordings ADD COLUMN pinned    BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE recordings ADD COLUMN kept_from BIGINT;
ALTER TABLE recordings ADD COLUMN trash_at  BIGINT;
CREATE INDEX recordings_announced ON recordings (owner_id, trash_at) WHERE trash_at IS NOT NULL;
