-- A recorder that is alive says so while it sends no part, and whether its take is paused.
ALTER TABLE recordings ADD COLUMN last_seen_at BIGINT;   -- last heartbeat, by our clock; parts count in last_part_at
ALTER TABLE recordings ADD COLUMN paused_at    BIGINT;   -- since when the take is paused, by our clock; null: it runs
