-- A password that was removed can be put back for a moment; then its hash is forgotten.
ALTER TABLE recordings ADD COLUMN removed_password    TEXT;
ALTER TABLE recordings ADD COLUMN password_kept_until BIGINT;
CREATE INDEX recordings_with_removed_password ON recordings (password_kept_until) WHERE removed_password IS NOT NULL;

-- The audit log is read by what was done and by whom.
CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_by_actor ON audit (actor_id, seq);
