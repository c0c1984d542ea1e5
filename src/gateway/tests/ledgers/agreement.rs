//! Two sets of books about the same money.

use std::path::Path;

use crate::support::texts;

/// Nothing is under way any more.
pub(crate) fn settled(db: &Path) -> bool {
    let open = "SELECT 'code' FROM qr_codes WHERE state IN ('requested', 'outstanding') \
         UNION ALL SELECT 'refund' FROM refunds WHERE status = 'pending' \
         UNION ALL SELECT 'intent' FROM payment_intents \
         WHERE status IN ('requires_payment_method', 'requires_action') \
         UNION ALL SELECT 'money' FROM payment_intents i \
         JOIN qr_codes ON payment_intent_id = i.id AND state = 'paid' \
         JOIN paypay_payments p ON p.merchant_payment_id = reference \
         WHERE i.status = 'processing' AND p.status <> 'AUTHORIZED'";
    texts(db, open).is_empty()
}

/// A rule that both books must keep, and the question for what breaks it.
const RULES: [(&str, &str); 8] = [
    (
        "what PayPay knows, the gateway has asked for",
        "SELECT merchant_payment_id FROM paypay_payments \
         LEFT JOIN qr_codes ON reference = merchant_payment_id WHERE reference IS NULL",
    ),
    (
        "the customer's money is held exactly for what the gateway calls paid",
        "SELECT reference || ': ' || state || ', ' || coalesce(p.status, 'unknown') FROM qr_codes \
         LEFT JOIN paypay_payments p ON merchant_payment_id = reference \
         WHERE (state = 'paid') <> \
         (coalesce(p.status, '') IN ('AUTHORIZED', 'COMPLETED', 'REFUNDED', 'CANCELED', 'EXPIRED'))",
    ),
    (
        "no code can be paid that the gateway has withdrawn",
        "SELECT merchant_payment_id FROM paypay_codes JOIN paypay_payments p \
         USING (merchant_payment_id) JOIN qr_codes ON reference = merchant_payment_id \
         WHERE p.status = 'CREATED' AND deleted_at IS NULL AND cancel_asked = 0 \
         AND state = 'withdrawn'",
    ),
    (
        "as much is captured here as there",
        "SELECT i.id || ': ' || coalesce(amount_captured, 0) || ', ' || coalesce(p.captured, 0) \
         FROM payment_intents i JOIN qr_codes q ON payment_intent_id = i.id AND state = 'paid' \
         JOIN paypay_payments p ON merchant_payment_id = reference \
         WHERE coalesce(amount_captured, 0) <> coalesce(p.captured, 0)",
    ),
    (
        "as much is refunded here as there",
        "SELECT i.id || ': ' || coalesce(amount_refunded, 0) || ', ' || coalesce(r.amount, 0) \
         FROM payment_intents i JOIN qr_codes ON payment_intent_id = i.id AND state = 'paid' \
         LEFT JOIN paypay_refunds r ON merchant_payment_id = reference \
         WHERE coalesce(amount_refunded, 0) <> coalesce(r.amount, 0)",
    ),
    (
        "a status here is a status there",
        "SELECT i.id || ': ' || i.status || ', ' || p.status FROM payment_intents i \
         JOIN qr_codes ON payment_intent_id = i.id AND state = 'paid' \
         JOIN paypay_payments p ON merchant_payment_id = reference \
         WHERE i.status <> CASE p.status WHEN 'AUTHORIZED' THEN 'processing' \
         WHEN 'CANCELED' THEN 'failed' WHEN 'EXPIRED' THEN 'failed' ELSE 'succeeded' END",
    ),
    (
        "an order is paid once",
        "SELECT payment_intent_id FROM qr_codes \
         JOIN paypay_payments p ON merchant_payment_id = reference \
         WHERE p.status IN ('AUTHORIZED', 'COMPLETED', 'REFUNDED') \
         GROUP BY payment_intent_id HAVING count(*) > 1",
    ),
    (
        "an order that nobody has paid is not called paid",
        "SELECT i.id FROM payment_intents i WHERE i.status = 'succeeded' \
         AND payment_method_type IN ('qr_mpm', 'qr_cpm') AND NOT EXISTS \
         (SELECT 1 FROM qr_codes WHERE payment_intent_id = i.id AND state = 'paid')",
    ),
];

/// What the two sets of books do not agree on.
pub(crate) fn disagreements(db: &Path) -> Vec<String> {
    RULES
        .iter()
        .flat_map(|(rule, question)| {
            let broken = texts(db, question).into_iter();
            broken.map(move |what| format!("{rule}: {what}"))
        })
        .collect()
}
