-- Moments are Unix seconds. Statuses and methods are the guide's words.

CREATE TABLE payment_intents (
    id                   TEXT    NOT NULL PRIMARY KEY,
    merchant_id          TEXT    NOT NULL,
    merchant_ref_id      TEXT    NOT NULL,
    merchant_store_id    TEXT,
    merchant_terminal_id TEXT,
    amount               INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 99999999999),
    currency             TEXT    NOT NULL,
    payment_method_types TEXT    NOT NULL, -- separated by commas
    capture_method       TEXT    NOT NULL,
    payment_token        TEXT    NOT NULL,
    status               TEXT    NOT NULL,
    payment_method_type  TEXT,             -- this and the next two: once confirmed
    provider             TEXT,
    external_ref_id      TEXT,
    created_at           INTEGER NOT NULL,
    expires_at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX payment_intents_by_merchant_ref
    ON payment_intents (merchant_id, merchant_ref_id);

-- What the sweep looks for; a finished intent leaves it.
CREATE INDEX payment_intents_open
    ON payment_intents (expires_at)
    WHERE status IN ('requires_payment_method', 'requires_action');

-- Every status an intent ever had, in order; the first has no predecessor.
CREATE TABLE status_changes (
    id                INTEGER PRIMARY KEY,
    payment_intent_id TEXT    NOT NULL REFERENCES payment_intents (id),
    from_status       TEXT,
    to_status         TEXT    NOT NULL,
    cause             TEXT    NOT NULL,
    at                INTEGER NOT NULL
) STRICT;

CREATE INDEX status_changes_by_intent ON status_changes (payment_intent_id);

-- What webhooks announce, with the body as it was then.
CREATE TABLE events (
    id                TEXT    NOT NULL PRIMARY KEY,
    payment_intent_id TEXT    NOT NULL REFERENCES payment_intents (id),
    type              TEXT    NOT NULL,
    body              TEXT    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_intent ON events (payment_intent_id);

-- The codes asked of QR providers. `reference` is ours and known before the provider is asked, so
-- that a code whose making was interrupted can be found and deleted.
CREATE TABLE qr_codes (
    reference         TEXT    NOT NULL PRIMARY KEY,
    payment_intent_id TEXT    NOT NULL REFERENCES payment_intents (id),
    provider          TEXT    NOT NULL,
    state             TEXT    NOT NULL CHECK (state IN ('requested', 'outstanding', 'withdrawn', 'paid')),
    content           TEXT,
    picture           TEXT    UNIQUE, -- the unguessable name of its picture
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Never two codes of one intent that a customer could pay.
CREATE UNIQUE INDEX qr_codes_live
    ON qr_codes (payment_intent_id)
    WHERE state IN ('requested', 'outstanding');

CREATE TABLE idempotency_records (
    merchant_id TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL, -- SHA-256 of method, path and body
    http_status INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_records_by_age ON idempotency_records (created_at);

-- The simple wallet's own books. The gateway reads them only through the provider's interface.
CREATE TABLE wallet_codes (
    reference  TEXT    NOT NULL PRIMARY KEY,
    content    TEXT    NOT NULL UNIQUE,
    amount     INTEGER NOT NULL,
    currency   TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('created', 'paid', 'deleted')),
    expires_at INTEGER NOT NULL,
    paid_at    INTEGER
) STRICT, WITHOUT ROWID;
