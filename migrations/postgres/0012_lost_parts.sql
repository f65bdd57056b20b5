-- Every look at a recording asks which of its parts are missing; nearly always there are none.
CREATE INDEX parts_lost ON parts (recording_id) WHERE lost_at IS NOT NULL;
