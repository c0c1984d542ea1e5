-- What became of the money.
ALTER TABLE payment_intents ADD COLUMN amount_captured INTEGER
    CHECK (amount_captured BETWEEN 1 AND amount); -- NULL until it was taken
ALTER TABLE payment_intents ADD COLUMN amount_refunded INTEGER
    CHECK (amount_refunded BETWEEN 1 AND amount_captured);
ALTER TABLE payment_intents ADD COLUMN failure_reason TEXT;

UPDATE payment_intents SET amount_captured = amount WHERE status = 'succeeded';

-- Lists, newest first.
CREATE INDEX payment_intents_by_merchant ON payment_intents (merchant_id, id);

CREATE INDEX qr_codes_paid ON qr_codes (payment_intent_id) WHERE state = 'paid';

CREATE TABLE refunds (
    id                TEXT    NOT NULL PRIMARY KEY,
    payment_intent_id TEXT    NOT NULL REFERENCES payment_intents (id),
    amount            INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 99999999999),
    currency          TEXT    NOT NULL,
    reason            TEXT,
    status            TEXT    NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    created_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One per payment; one that failed does not count.
CREATE UNIQUE INDEX refunds_by_intent ON refunds (payment_intent_id) WHERE status <> 'failed';

-- What the sweep asks the provider about again.
CREATE INDEX refunds_pending ON refunds (created_at) WHERE status = 'pending';

CREATE TABLE webhook_endpoints (
    id             TEXT    NOT NULL PRIMARY KEY,
    merchant_id    TEXT    NOT NULL,
    url            TEXT    NOT NULL,
    description    TEXT,
    enabled_events TEXT    NOT NULL, -- separated by commas
    secret         TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    deleted_at     INTEGER           -- kept for the history of its deliveries
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_endpoints_by_merchant
    ON webhook_endpoints (merchant_id, id)
    WHERE deleted_at IS NULL;

-- The outbox: what is to be delivered to whom, written together with its event. Not WITHOUT ROWID:
-- the order of its rows is the order of delivery, and its changes are watched by SQLite's hook.
CREATE TABLE webhook_deliveries (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id          TEXT    NOT NULL REFERENCES events (id),
    payment_intent_id TEXT    NOT NULL REFERENCES payment_intents (id),
    endpoint_id       TEXT    NOT NULL REFERENCES webhook_endpoints (id),
    state             TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
    tries             INTEGER NOT NULL, -- since it was last sent off, for the back-off
    next_try_at       INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    UNIQUE (event_id, endpoint_id)
) STRICT;

CREATE INDEX webhook_deliveries_pending
    ON webhook_deliveries (next_try_at)
    WHERE state = 'pending';

CREATE INDEX webhook_deliveries_in_order
    ON webhook_deliveries (payment_intent_id, endpoint_id, id)
    WHERE state = 'pending';

CREATE TABLE webhook_attempts (
    id          INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id),
    at          INTEGER NOT NULL,
    http_status INTEGER, -- NULL when there was no answer
    error       TEXT,
    response    TEXT,    -- its start
    duration_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id);

-- The simple wallet's books of reserved and refunded money.
ALTER TABLE wallet_codes ADD COLUMN reserves INTEGER NOT NULL DEFAULT 0; -- 1: paying only reserves
ALTER TABLE wallet_codes ADD COLUMN captured INTEGER;                    -- what was taken
ALTER TABLE wallet_codes ADD COLUMN released_at INTEGER;

UPDATE wallet_codes SET reserves = 1 WHERE reference IN
    (SELECT reference FROM qr_codes JOIN payment_intents i ON i.id = payment_intent_id
     WHERE capture_method = 'manual');
UPDATE wallet_codes SET captured = amount WHERE state = 'paid' AND reserves = 0;

CREATE TABLE wallet_refunds (
    reference TEXT    NOT NULL PRIMARY KEY,
    code      TEXT    NOT NULL UNIQUE REFERENCES wallet_codes (reference),
    amount    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
