-- When an attempt was signed, as its signature says. NULL for those of older versions.
ALTER TABLE webhook_attempts ADD COLUMN signed_at INTEGER;
