-- Every change of audience raises the epoch; a media link counts only for the epoch it was given in.
ALTER TABLE recordings ADD COLUMN share_epoch BIGINT NOT NULL DEFAULT 0;

-- The library is ordered by our clock and not by the recorder's, which is in the id.
DROP INDEX recordings_by_owner;
CREATE INDEX recordings_by_owner ON recordings (owner_id, created_at, id);

-- Starts that a recorder with a wrong clock told: before 2020, or a day after they were heard of.
UPDATE recordings SET started_at = created_at WHERE started_at < 1577836800000000 OR started_at > created_at + 86400000000;
