-- What somebody drew on the picture, as JSON (docs/PROTOCOL.md, "Drawings").
ALTER TABLE comments ADD COLUMN drawing TEXT;
