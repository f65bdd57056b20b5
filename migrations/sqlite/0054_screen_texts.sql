-- Text that stands in the picture of a recording, by moment.
CREATE TABLE screen_texts (
    recording_id BLOB    NOT NULL PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    state        TEXT    NOT NULL,                  -- reading | done | off: its owner wants none
    until_ms     BIGINT  NOT NULL,                  -- moments before are read
    lines        TEXT    NOT NULL                   -- [{at_ms, text}], by moment; while it is read they only become more
);

-- What can be searched for of it, made by the worker as `search_lines` is. Apart from those, because it is much more.
CREATE TABLE search_screens (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    recording_id BLOB    NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    at_ms        BIGINT  NOT NULL,
    text         TEXT    NOT NULL
);
CREATE INDEX search_screens_by_recording ON search_screens (recording_id, id);
CREATE VIRTUAL TABLE search_screen_tokens USING fts5(main, beside, content='', contentless_delete=1, tokenize='unicode61', prefix='2 3');
CREATE TRIGGER search_screens_gone AFTER DELETE ON search_screens BEGIN DELETE FROM search_screen_tokens WHERE rowid = OLD.id; END;

CREATE TRIGGER search_screen_begun AFTER INSERT ON screen_texts BEGIN
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'screen', FALSE);
END;
CREATE TRIGGER search_screen_changed AFTER UPDATE OF state, lines ON screen_texts WHEN OLD.lines <> NEW.lines BEGIN
    DELETE FROM search_screens WHERE recording_id = NEW.recording_id AND NEW.state = 'off';
    INSERT INTO search_changes (recording_id, part, later) VALUES (NEW.recording_id, 'screen', FALSE);
END;
