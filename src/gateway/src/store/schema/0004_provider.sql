-- Codes that the customer shows, and the provider's own names.
ALTER TABLE qr_codes ADD COLUMN method TEXT NOT NULL DEFAULT 'qr_mpm';
ALTER TABLE qr_codes ADD COLUMN code_id TEXT; -- PayPay's name for it; NULL while it is not known

-- When the provider was last asked to capture or release an intent's money.
ALTER TABLE payment_intents ADD COLUMN settling_since INTEGER;

-- What the sweep looks up; an intent whose money is settled leaves it.
CREATE INDEX payment_intents_settling ON payment_intents (settling_since)
    WHERE status = 'processing';

-- The simple wallet's books. Those of the PayPay stand-in have taken them over.
DROP TABLE wallet_refunds;
DROP TABLE wallet_codes;
