-- Each webhook endpoint has its own turn, so that one that does not answer holds up no other.
DROP INDEX webhook_deliveries_pending;
CREATE INDEX webhook_deliveries_pending
    ON webhook_deliveries (endpoint_id, next_try_at)
    WHERE state = 'pending';

-- Lists of what is rare. What is common, a list finds among the newest anyway, and an index of it
-- would cost each payment something.
CREATE INDEX payment_intents_by_status
    ON payment_intents (merchant_id, status, id)
    WHERE status NOT IN ('requires_payment_method', 'succeeded');
CREATE INDEX events_by_type ON events (type, id) WHERE type <> 'payment_intent.succeeded';
