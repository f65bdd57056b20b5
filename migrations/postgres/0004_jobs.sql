-- Work for later: rows with leases, enqueued in the transaction that causes them.
CREATE TABLE jobs (
    id           UUID    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,                  -- transcribe_speech, make_poster, …; never renamed
    payload      JSONB   NOT NULL,                  -- JSON
    dedup_key    TEXT    UNIQUE,                    -- cleared when the job ends
    asked        BIGINT  NOT NULL,                  -- how often it was enqueued; asked for again while running: it runs again
    run_at       BIGINT  NOT NULL,
    attempt      BIGINT  NOT NULL,                  -- fencing token: finishing requires the attempt claimed
    failures     BIGINT  NOT NULL,                  -- consecutive; "again" does not count
    max_failures BIGINT  NOT NULL,
    lease_until  BIGINT,
    worker       TEXT,
    last_error   TEXT,
    done_at      BIGINT,
    failed_at    BIGINT,
    created_at   BIGINT  NOT NULL
);
CREATE INDEX jobs_due ON jobs (kind, run_at) WHERE done_at IS NULL AND failed_at IS NULL;
