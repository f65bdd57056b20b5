-- Words that may still change, the language spoken, sound that could not be decoded.
ALTER TABLE transcripts ADD COLUMN settled BIGINT NOT NULL DEFAULT 0;     -- so many words never change
ALTER TABLE transcripts ADD COLUMN language TEXT;                         -- ISO 639-1
ALTER TABLE transcripts ADD COLUMN missing TEXT;                          -- [{start_ms, end_ms}]: not transcribed
ALTER TABLE words ADD COLUMN joined BOOLEAN NOT NULL DEFAULT FALSE;       -- no blank precedes
-- What was published before this never changed.
UPDATE transcripts SET settled = words;
