-- A small rendition of the poster for lists. Null where the poster was made before there were any.
ALTER TABLE recordings ADD COLUMN thumbnail_key TEXT;    -- object path
