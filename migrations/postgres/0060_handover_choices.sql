-- A recording that leaves its folder with its owner is for nobody who could not see it there; taken back, it is what it was.
ALTER TABLE handovers ADD COLUMN own_audience TEXT;   -- what was chosen for it and is wider than its folder was; none: nothing
