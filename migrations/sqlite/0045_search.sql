-- What can be searched for, made from the other tables by the worker. A row that no longer holds goes in the transaction that changes
-- what it was made from; new ones follow within a second, by `search_changes`. Nothing here is in a backup.
CREATE TABLE search_lines (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,                  -- title | chapter | tag | name | comment
    comment_id   BLOB    REFERENCES comments (id) ON DELETE CASCADE,
    mark_id      BLOB    REFERENCES marks (id) ON DELETE CASCADE,
    at_ms        BIGINT,
    written_at   BIGINT  NOT NULL,
    text         TEXT    NOT NULL
);
CREATE INDEX search_lines_by_recording ON search_lines (recording_id, kind);
CREATE INDEX search_lines_by_comment ON search_lines (comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX search_lines_by_mark ON search_lines (mark_id) WHERE mark_id IS NOT NULL;

-- What was said, some sentences a row; the last one of them begins the next row too.
CREATE TABLE search_windows (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    first_n      BIGINT  NOT NULL,                  -- number of the first word
    end_n        BIGINT  NOT NULL,                  -- behind the last
    next_n       BIGINT  NOT NULL,                  -- with which the next row begins
    closed       BOOLEAN NOT NULL,                  -- more words do not change it
    start_ms     BIGINT  NOT NULL,
    text         TEXT    NOT NULL
);
CREATE INDEX search_windows_by_recording ON search_windows (recording_id, first_n);

-- Their tokens: those at places, and other forms of them.
CREATE VIRTUAL TABLE search_line_tokens USING fts5(main, beside, content='', contentless_delete=1, tokenize='unicode61', prefix='2 3');
CREATE VIRTUAL TABLE search_window_tokens USING fts5(main, beside, content='', contentless_delete=1, tokenize='unicode61', prefix='2 3');
CREATE TRIGGER search_lines_gone AFTER DELETE ON search_lines BEGIN DELETE FROM search_line_tokens WHERE rowid = OLD.id; END;
CREATE TRIGGER search_windows_gone AFTER DELETE ON search_windows BEGIN DELETE FROM search_window_tokens WHERE rowid = OLD.id; END;

-- Recordings whose rows are to be made again: `lines` or `words`. `later`: behind everything that somebody just changed.
CREATE TABLE search_changes (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    recording_id BLOB    NOT NULL,
    part         TEXT    NOT NULL,
    later        BOOLEAN NOT NULL
);
CREATE INDEX search_changes_in_order ON search_changes (later, id);
CREATE INDEX search_changes_by_recording ON search_changes (recording_id, part);

-- How the rows that are there were made; another number makes them anew.
CREATE TABLE search_version (
    id           BIGINT  NOT NULL PRIMARY KEY,
    version      BIGINT  NOT NULL
);

CREATE TRIGGER search_recording_made AFTER INSERT ON recordings BEGIN
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.id, 'lines', FALSE);
END;
CREATE TRIGGER search_recording_changed AFTER UPDATE OF title, owner_id ON recordings
    WHEN OLD.title <> NEW.title OR OLD.owner_id <> NEW.owner_id BEGIN
    DELETE FROM search_lines WHERE recording_id = NEW.id AND kind IN ('title', 'name');
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.id, 'lines', FALSE);
END;
CREATE TRIGGER search_person_renamed AFTER UPDATE OF name ON users WHEN OLD.name <> NEW.name BEGIN
    DELETE FROM search_lines WHERE kind = 'name' AND recording_id IN (SELECT id FROM recordings WHERE owner_id = NEW.id);
    INSERT INTO search_changes (recording_id, part, later) SELECT id, 'lines', FALSE FROM recordings WHERE owner_id = NEW.id;
END;
CREATE TRIGGER search_tag_added AFTER INSERT ON recording_tags BEGIN
    DELETE FROM search_lines WHERE recording_id = NEW.recording_id AND kind = 'tag';
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'lines', FALSE);
END;
CREATE TRIGGER search_tag_removed AFTER DELETE ON recording_tags BEGIN
    DELETE FROM search_lines WHERE recording_id = OLD.recording_id AND kind = 'tag';
    INSERT INTO search_changes (recording_id, part, later) VALUES (OLD.recording_id, 'lines', FALSE);
END;
CREATE TRIGGER search_comment_written AFTER INSERT ON comments BEGIN
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'lines', FALSE);
END;
CREATE TRIGGER search_comment_changed AFTER UPDATE OF body, deleted_at, at_ms ON comments
    WHEN OLD.body <> NEW.body OR OLD.deleted_at IS NOT NEW.deleted_at OR OLD.at_ms <> NEW.at_ms BEGIN
    DELETE FROM search_lines WHERE comment_id = NEW.id;
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'lines', FALSE);
END;
CREATE TRIGGER search_mark_set AFTER INSERT ON marks BEGIN
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'lines', FALSE);
END;
CREATE TRIGGER search_mark_changed AFTER UPDATE ON marks
    WHEN OLD.title <> NEW.title OR OLD.deleted_at IS NOT NEW.deleted_at OR OLD.at_ms <> NEW.at_ms BEGIN
    DELETE FROM search_lines WHERE mark_id = NEW.id;
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'lines', FALSE);
END;
CREATE TRIGGER search_transcript_begun AFTER INSERT ON transcripts BEGIN
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'words', FALSE);
END;
CREATE TRIGGER search_words_added AFTER UPDATE OF words ON transcripts WHEN OLD.words <> NEW.words BEGIN
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'words', FALSE);
END;
-- A window has fewer than 64 words.
CREATE TRIGGER search_word_added AFTER INSERT ON words BEGIN
    DELETE FROM search_windows WHERE recording_id = NEW.recording_id AND first_n > NEW.n - 64 AND first_n <= NEW.n AND end_n > NEW.n;
END;
CREATE TRIGGER search_word_removed AFTER DELETE ON words BEGIN
    DELETE FROM search_windows WHERE recording_id = OLD.recording_id AND first_n > OLD.n - 64 AND first_n <= OLD.n AND end_n > OLD.n;
    INSERT INTO search_changes (recording_id, part, later) SELECT OLD.recording_id, 'words', FALSE WHERE NOT EXISTS
        (SELECT 1 FROM search_changes c WHERE c.recording_id = OLD.recording_id AND c.part = 'words' AND NOT c.later);
END;
CREATE TRIGGER search_word_changed AFTER UPDATE OF text ON words WHEN OLD.text <> NEW.text BEGIN
    DELETE FROM search_windows WHERE recording_id = OLD.recording_id AND first_n > OLD.n - 64 AND first_n <= OLD.n AND end_n > OLD.n;
    INSERT INTO search_changes (recording_id, part, later) SELECT OLD.recording_id, 'words', FALSE WHERE NOT EXISTS
        (SELECT 1 FROM search_changes c WHERE c.recording_id = OLD.recording_id AND c.part = 'words' AND NOT c.later);
END;
