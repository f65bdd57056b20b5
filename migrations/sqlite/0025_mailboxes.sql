-- A guest who proved to have a mailbox: they are whom grants for its address mean, for a while.
ALTER TABLE tokens ADD COLUMN email       TEXT;
ALTER TABLE tokens ADD COLUMN email_until BIGINT;
CREATE INDEX tokens_by_email ON tokens (email) WHERE email IS NOT NULL;
