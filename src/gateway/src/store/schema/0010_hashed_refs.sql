-- References have no order either, and their index held the merchant, the reference and the id of each
-- payment. Of a hash, it is little more than half of that, and stays in memory longer. That a reference
-- is the merchant's only one is looked at by the one writer, as it is for Idempotency-Keys.
DROP INDEX payment_intents_by_merchant_ref;
ALTER TABLE payment_intents ADD COLUMN merchant_ref_hash INTEGER;
UPDATE payment_intents SET merchant_ref_hash = text_hash(merchant_id, merchant_ref_id);
CREATE INDEX payment_intents_by_merchant_ref ON payment_intents (merchant_ref_hash);

-- Answers of older versions are found like all others.
UPDATE idempotency_records SET key_hash = text_hash(merchant_id, key) WHERE key_hash IS NULL;

-- They are stored in the order of their age anyway.
DROP INDEX idempotency_records_by_age;
