-- The codes in PayPay's own books, oldest first: paid, created while they can be, or deleted.
SELECT CASE
    WHEN status IN ('COMPLETED', 'AUTHORIZED', 'REFUNDED', 'CANCELED') THEN 'paid'
    WHEN status = 'FAILED' OR deleted_at IS NOT NULL OR cancel_asked THEN 'deleted'
    ELSE 'created' END
FROM paypay_payments LEFT JOIN paypay_codes USING (merchant_payment_id)
ORDER BY merchant_payment_id
