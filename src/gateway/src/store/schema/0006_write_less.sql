-- Fewer pages for each payment, and the same number however many payments there are.

-- Answers kept for Idempotency-Keys are appended in order of age. Keys have no order: in a table
-- sorted by them, each answer went to a page of its own.
ALTER TABLE idempotency_records RENAME TO old_idempotency_records;

CREATE TABLE idempotency_records (
    id          INTEGER PRIMARY KEY,
    merchant_id TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL, -- SHA-256 of method, path and body
    http_status INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

INSERT INTO idempotency_records (merchant_id, key, fingerprint, http_status, body, created_at)
    SELECT merchant_id, key, fingerprint, http_status, body, created_at
    FROM old_idempotency_records ORDER BY created_at;

DROP TABLE old_idempotency_records;

CREATE UNIQUE INDEX idempotency_records_by_key ON idempotency_records (merchant_id, key);
CREATE INDEX idempotency_records_by_age ON idempotency_records (created_at);

-- The statuses of an intent are kept together, without an index beside them.
ALTER TABLE status_changes RENAME TO old_status_changes;

CREATE TABLE status_changes (
    payment_intent_id TEXT    NOT NULL REFERENCES payment_intents (id),
    id                INTEGER NOT NULL, -- of one intent: 1, 2, 3, …; the first has no predecessor
    from_status       TEXT,
    to_status         TEXT    NOT NULL,
    cause             TEXT    NOT NULL,
    at                INTEGER NOT NULL,
    PRIMARY KEY (payment_intent_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO status_changes
    SELECT payment_intent_id, row_number() OVER (PARTITION BY payment_intent_id ORDER BY id),
        from_status, to_status, cause, at
    FROM old_status_changes;

DROP TABLE old_status_changes;
