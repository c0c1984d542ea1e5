-- PayPay's own books, as its stand-in keeps them. The gateway has no business here: it sees them
-- through PayPay's API only. Statuses are PayPay's words, amounts are yen, moments Unix seconds.

CREATE TABLE paypay_payments (
    merchant_payment_id TEXT    NOT NULL PRIMARY KEY,
    payment_id          TEXT    NOT NULL UNIQUE, -- PayPay's
    status              TEXT    NOT NULL CHECK (status IN ('CREATED', 'AUTHORIZED', 'REAUTHORIZING',
                            'COMPLETED', 'REFUNDED', 'FAILED', 'CANCELED', 'EXPIRED')),
    amount              INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 99999999999),
    reserves            INTEGER NOT NULL,        -- 1: paying only reserves the money
    payer               TEXT,                    -- a user authorization; NULL: whoever scans
    details             TEXT    NOT NULL,        -- JSON: of the request, what answers repeat
    requested_at        INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    authorized          INTEGER,                 -- what the customer agreed to
    captured            INTEGER CHECK (captured BETWEEN 1 AND authorized),
    accepted_at         INTEGER,                 -- when the customer paid
    reserved_until      INTEGER,                 -- NULL: as long as it takes
    refundable_until    INTEGER,
    canceled_at         INTEGER,
    cancel_asked        INTEGER NOT NULL         -- 1: before it was paid; then it never will be
) STRICT, WITHOUT ROWID;

-- What time will change.
CREATE INDEX paypay_payments_reserved
    ON paypay_payments (reserved_until)
    WHERE status IN ('AUTHORIZED', 'REAUTHORIZING');

CREATE INDEX paypay_payments_by_payer
    ON paypay_payments (payer, amount, created_at)
    WHERE payer IS NOT NULL;

-- Every status a payment ever had, in order.
CREATE TABLE paypay_changes (
    id                  INTEGER PRIMARY KEY,
    merchant_payment_id TEXT    NOT NULL REFERENCES paypay_payments (merchant_payment_id),
    from_status         TEXT,
    to_status           TEXT    NOT NULL,
    cause               TEXT    NOT NULL,
    at                  INTEGER NOT NULL
) STRICT;

CREATE INDEX paypay_changes_by_payment ON paypay_changes (merchant_payment_id);

CREATE TABLE paypay_codes (
    code_id             TEXT    NOT NULL PRIMARY KEY,
    merchant_payment_id TEXT    NOT NULL UNIQUE REFERENCES paypay_payments (merchant_payment_id),
    url                 TEXT    NOT NULL,        -- what the QR code holds
    secret              TEXT    NOT NULL UNIQUE, -- its last part, which opens the wallet page
    expires_at          INTEGER NOT NULL,
    deleted_at          INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE paypay_captures (
    merchant_payment_id TEXT    NOT NULL REFERENCES paypay_payments (merchant_payment_id),
    merchant_capture_id TEXT    NOT NULL,
    amount              INTEGER NOT NULL,
    description         TEXT    NOT NULL,
    status              TEXT    NOT NULL CHECK (status IN
                            ('USER_REQUESTED', 'AGREED', 'COMPLETED', 'DROPPED')),
    requested_at        INTEGER NOT NULL,
    due_at              INTEGER,                 -- the customer's time is over; or it completes
    accepted_at         INTEGER,
    PRIMARY KEY (merchant_payment_id, merchant_capture_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX paypay_captures_due
    ON paypay_captures (due_at)
    WHERE status IN ('USER_REQUESTED', 'AGREED');

CREATE TABLE paypay_reverts (
    merchant_payment_id TEXT    NOT NULL PRIMARY KEY
                        REFERENCES paypay_payments (merchant_payment_id),
    merchant_revert_id  TEXT    NOT NULL,
    reason              TEXT,
    requested_at        INTEGER NOT NULL,
    accepted_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One per payment.
CREATE TABLE paypay_refunds (
    merchant_payment_id TEXT    NOT NULL PRIMARY KEY
                        REFERENCES paypay_payments (merchant_payment_id),
    merchant_refund_id  TEXT    NOT NULL,
    amount              INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 99999999999),
    reason              TEXT,
    requested_at        INTEGER NOT NULL,
    accepted_at         INTEGER NOT NULL,
    refunded_at         INTEGER                  -- NULL: the customer does not have it yet
) STRICT, WITHOUT ROWID;

CREATE INDEX paypay_refunds_by_id ON paypay_refunds (merchant_refund_id);

CREATE INDEX paypay_refunds_pending ON paypay_refunds (accepted_at) WHERE refunded_at IS NULL;

-- Cancels of payments that have never arrived. Should one arrive, it takes no money.
CREATE TABLE paypay_early_cancels (
    merchant_payment_id TEXT    NOT NULL PRIMARY KEY,
    at                  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE paypay_link_sessions (
    secret       TEXT    NOT NULL PRIMARY KEY, -- the last part of linkQRCodeURL
    request      TEXT    NOT NULL,             -- JSON, as it came
    expires_at   INTEGER NOT NULL,
    answered_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE paypay_users (
    user_authorization_id TEXT    NOT NULL PRIMARY KEY,
    reference_id          TEXT    NOT NULL,
    scopes                TEXT    NOT NULL,    -- separated by commas
    status                TEXT    NOT NULL CHECK (status IN ('ACTIVE', 'INACTIVE')),
    issued_at             INTEGER NOT NULL,
    expires_at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What customers have shown to be scanned: good for one payment.
CREATE TABLE paypay_customer_codes (
    code       TEXT    NOT NULL PRIMARY KEY,
    act        TEXT    NOT NULL CHECK (act IN ('pay', 'not_enough_balance', 'give_up')),
    on_screen  INTEGER NOT NULL,               -- 1: the wallet's first page shows it
    expires_at INTEGER NOT NULL,
    used_for   TEXT                            -- a merchantPaymentId
) STRICT, WITHOUT ROWID;

CREATE INDEX paypay_customer_codes_on_screen
    ON paypay_customer_codes (expires_at)
    WHERE on_screen = 1 AND used_for IS NULL;

-- The simple wallet's books become PayPay's. It promised no end of reservations and refunds.
INSERT INTO paypay_payments (merchant_payment_id, payment_id, status, amount, reserves, details,
        requested_at, created_at, authorized, captured, accepted_at, canceled_at, cancel_asked)
    SELECT w.reference, '03' || printf('%018d', abs(random() % 1000000000000000000)),
        CASE WHEN w.state <> 'paid' THEN 'CREATED'
             WHEN r.reference IS NOT NULL THEN 'REFUNDED'
             WHEN w.captured IS NOT NULL THEN 'COMPLETED'
             WHEN w.released_at IS NOT NULL THEN 'CANCELED'
             ELSE 'AUTHORIZED' END,
        w.amount, w.reserves, '{}',
        coalesce(q.created_at, w.expires_at), coalesce(q.created_at, w.expires_at),
        iif(w.state = 'paid', w.amount, NULL), w.captured, w.paid_at, w.released_at, 0
    FROM wallet_codes w
    LEFT JOIN qr_codes q ON q.reference = w.reference
    LEFT JOIN wallet_refunds r ON r.code = w.reference;

INSERT INTO paypay_codes (code_id, merchant_payment_id, url, secret, expires_at, deleted_at)
    SELECT '04-' || hex(randomblob(8)), reference, content,
        replace(content, 'https://wallet.mpac-gateway.test/pay/', ''), expires_at,
        iif(state = 'deleted', expires_at, NULL)
    FROM wallet_codes;

INSERT INTO paypay_captures
    SELECT reference, reference, captured, '', 'COMPLETED', paid_at, NULL, paid_at
    FROM wallet_codes WHERE reserves = 1 AND captured IS NOT NULL;

INSERT INTO paypay_reverts
    SELECT reference, reference, NULL, released_at, released_at
    FROM wallet_codes WHERE released_at IS NOT NULL;

INSERT INTO paypay_refunds
    SELECT code, r.reference, r.amount, NULL, paid_at, paid_at, paid_at
    FROM wallet_refunds r JOIN wallet_codes w ON w.reference = code;

INSERT INTO paypay_changes (merchant_payment_id, to_status, cause, at)
    SELECT merchant_payment_id, status, 'carried over', created_at FROM paypay_payments;
