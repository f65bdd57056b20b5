-- What was deleted is remembered before it is deleted, and what was lost is marked instead of forgotten.

-- Objects that no row names any more, written in the transaction that took the name away. Nothing else is ever
-- removed from the object store.
CREATE TABLE tombstones (
    key        TEXT    NOT NULL PRIMARY KEY,        -- object path
    deleted_at BIGINT  NOT NULL
);
CREATE INDEX tombstones_by_age ON tombstones (deleted_at);

-- When the object of a part was found missing or short; cleared when the part is stored again.
ALTER TABLE parts ADD COLUMN lost_at BIGINT;

-- Counted up by each change that people make, for If-Match.
ALTER TABLE recordings ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE comments ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- author | owner: only who deleted a comment may restore it. NULL where it was deleted before this was kept.
ALTER TABLE comments ADD COLUMN deleted_by TEXT;

-- Since when a job has failed because the network, the object store, the database or the disk does.
ALTER TABLE jobs ADD COLUMN failing_since BIGINT;

-- The job that removed objects without a row does not exist any more.
DELETE FROM jobs WHERE kind = 'sweep_orphans';

-- Events hold ids now. Those written before hold the words of comments, deleted ones too.
DELETE FROM events;
