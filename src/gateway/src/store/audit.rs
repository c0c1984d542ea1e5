//! Whether the books hold what they must, whatever has happened to the gateway.

use mpac_pgw_protocol::PaymentIntentStatus;
use rusqlite::Connection;
use serde::Serialize;

use super::StoreError;

/// What an audit found.
#[derive(Debug, Serialize)]
pub(crate) struct Audit {
    object: &'static str,
    clean: bool,
    checked: Checked,
    /// Of each rule, at most the first hundred.
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Checked {
    rules: usize,
    payment_intents: i64,
    status_changes: i64,
    events: i64,
    refunds: i64,
    webhook_deliveries: i64,
}

#[derive(Debug, Serialize)]
struct Problem {
    rule: &'static str,
    /// Of what breaks it.
    id: String,
}

/// A rule, and the question for the ids of what breaks it.
type Rule = (&'static str, &'static str);

const RULES: [Rule; 12] = [
    (
        "refunded is at most captured, and captured at most the amount",
        "SELECT id FROM payment_intents WHERE amount_captured > amount \
         OR coalesce(amount_refunded, 0) > coalesce(amount_captured, 0)",
    ),
    (
        "money is captured exactly when a payment succeeded",
        "SELECT id FROM payment_intents WHERE (status = 'succeeded') <> (amount_captured IS NOT NULL)",
    ),
    (
        "amount_refunded is the sum of the refunds that succeeded",
        "SELECT i.id FROM payment_intents i LEFT JOIN \
         (SELECT payment_intent_id, sum(amount) AS back FROM refunds WHERE status = 'succeeded' \
          GROUP BY payment_intent_id) ON payment_intent_id = i.id \
         WHERE back IS NOT amount_refunded",
    ),
    (
        "a merchant's reference belongs to one payment",
        "SELECT max(id) FROM payment_intents GROUP BY merchant_id, merchant_ref_id \
         HAVING count(*) > 1",
    ),
    (
        "a payment is found by its reference",
        "SELECT id FROM payment_intents i WHERE NOT EXISTS (SELECT 1 FROM merchant_refs \
         WHERE hash = text_hash(merchant_id, merchant_ref_id) AND payment_intent_id = i.id)",
    ),
    (
        "a payment's status is the last of its history",
        "SELECT id FROM payment_intents i WHERE status IS NOT (SELECT to_status \
         FROM status_changes WHERE payment_intent_id = i.id ORDER BY id DESC LIMIT 1)",
    ),
    (
        "each status follows the one before",
        "SELECT payment_intent_id FROM (SELECT payment_intent_id, from_status, \
         lag(to_status) OVER (PARTITION BY payment_intent_id ORDER BY id) AS before \
         FROM status_changes) WHERE from_status IS NOT before",
    ),
    (
        "every history starts at requires_payment_method",
        "SELECT payment_intent_id FROM status_changes \
         WHERE from_status IS NULL AND to_status <> 'requires_payment_method'",
    ),
    (
        "a final status has its one event, any other has none",
        "SELECT id FROM payment_intents i LEFT JOIN \
         (SELECT payment_intent_id, count(*) AS n, max(type) AS type FROM events \
          GROUP BY payment_intent_id) ON payment_intent_id = i.id \
         WHERE iif(status IN ('succeeded', 'failed', 'cancelled'), \
                   n IS NOT 1 OR type IS NOT 'payment_intent.' || status, n IS NOT NULL)",
    ),
    (
        "an event has its one delivery to every endpoint that wants it",
        "SELECT v.id FROM events v JOIN payment_intents i ON i.id = v.payment_intent_id \
         JOIN webhook_endpoints e ON e.merchant_id = i.merchant_id \
         AND instr(',' || enabled_events || ',', ',' || v.type || ',') > 0 \
         AND e.created_at < v.created_at \
         AND (e.deleted_at IS NULL OR e.deleted_at > v.created_at) \
         WHERE NOT EXISTS (SELECT 1 FROM webhook_deliveries d \
         WHERE d.event_id = v.id AND d.endpoint_id = e.id)",
    ),
    (
        "no code of a finished payment can be paid",
        "SELECT payment_intent_id FROM qr_codes JOIN payment_intents i ON i.id = payment_intent_id \
         WHERE state IN ('requested', 'outstanding') \
         AND i.status IN ('succeeded', 'failed', 'cancelled')",
    ),
    (
        "a payment is paid once",
        "SELECT payment_intent_id FROM qr_codes WHERE state = 'paid' \
         GROUP BY payment_intent_id HAVING count(*) > 1",
    ),
];

const LEGAL: &str = "every change of status is an arrow of the guide";
const ORPHANS: &str = "no record refers to one that is not there";
const SHOWN: usize = 100;

/// Checks every rule on one state of the database.
pub(crate) fn run(c: &Connection) -> Result<Audit, StoreError> {
    // All questions see the same moment; inside the writer's transaction they do anyway.
    let own = c.is_autocommit();
    if own {
        c.execute_batch("BEGIN")?;
    }
    let audit = check(c);
    if own {
        c.execute_batch("ROLLBACK")?;
    }
    audit
}

fn check(c: &Connection) -> Result<Audit, StoreError> {
    let mut problems = Vec::new();
    for (rule, question) in RULES {
        let mut statement = c.prepare(question)?;
        let ids = statement.query_map([], |row| row.get(0))?.take(SHOWN);
        for id in ids {
            problems.push(Problem { rule, id: id? });
        }
    }
    problems.extend(illegal_changes(c)?);
    let mut statement = c.prepare("PRAGMA foreign_key_check")?;
    let orphans = statement.query_map([], |row| row.get::<_, String>(0))?;
    for table in orphans.take(SHOWN) {
        problems.push(Problem {
            rule: ORPHANS,
            id: table?,
        });
    }
    let count = |table: &str| -> Result<i64, StoreError> {
        let select = format!("SELECT count(*) FROM {table}");
        Ok(c.query_row(&select, [], |row| row.get(0))?)
    };
    Ok(Audit {
        object: "audit",
        clean: problems.is_empty(),
        checked: Checked {
            rules: RULES.len() + 2,
            payment_intents: count("payment_intents")?,
            status_changes: count("status_changes")?,
            events: count("events")?,
            refunds: count("refunds")?,
            webhook_deliveries: count("webhook_deliveries")?,
        },
        problems,
    })
}

fn illegal_changes(c: &Connection) -> Result<Vec<Problem>, StoreError> {
    let select = "SELECT from_status, to_status, min(payment_intent_id) FROM status_changes \
         WHERE from_status IS NOT NULL GROUP BY from_status, to_status";
    let mut statement = c.prepare(select)?;
    let mut rows = statement.query([])?;
    let mut problems = Vec::new();
    while let Some(row) = rows.next()? {
        let (from, to): (String, String) = (row.get(0)?, row.get(1)?);
        if !PaymentIntentStatus::from(from).can_become(&PaymentIntentStatus::from(to)) {
            let id = row.get(2)?;
            problems.push(Problem { rule: LEGAL, id });
        }
    }
    Ok(problems)
}
