use rusqlite::Connection;

use super::hash;

/// `mpac` in ASCII: tells our files from those of other programs.
pub(super) const APPLICATION_ID: i64 = 0x6d70_6163;

/// One script per schema version, in order. A released script is never edited: what changes is
/// added as the next one.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_payments.sql"),
    include_str!("schema/0002_bench.sql"),
    include_str!("schema/0003_paypay.sql"),
    include_str!("schema/0004_provider.sql"),
    include_str!("schema/0005_signed.sql"),
    include_str!("schema/0006_write_less.sql"),
    include_str!("schema/0007_turns.sql"),
    include_str!("schema/0008_counterpart.sql"),
    include_str!("schema/0009_short_keys.sql"),
    include_str!("schema/0010_hashed_refs.sql"),
    include_str!("schema/0011_narrow_refs.sql"),
    include_str!("schema/0012_clock.sql"),
];

pub(super) fn latest_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Runs the scripts that the file has not seen, each in one transaction with its version number.
pub(super) fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    hash::register(connection)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let seen = usize::try_from(version).unwrap_or(0);
    for (index, script) in MIGRATIONS.iter().enumerate().skip(seen) {
        let version = index + 1;
        if seen > 0 {
            let latest = MIGRATIONS.len();
            log::info!("database: from version {index} to {version} of {latest}");
        }
        let step = format!(
            "BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id = {APPLICATION_ID};\n\
             PRAGMA user_version = {version};\nCOMMIT;"
        );
        if let Err(error) = connection.execute_batch(&step) {
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            return Err(error);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand_in::{self, PAYPAY_DUE};
    use crate::store::{codes, deliveries, due, events, idempotency, intents, merchant_refs};

    fn migrated() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection).unwrap();
        connection
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let connection = migrated();
        migrate(&connection).unwrap();
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        assert_eq!(version, Ok(latest_version()));
    }

    /// The simple wallet's codes of every kind are PayPay's payments afterwards.
    #[test]
    fn the_simple_wallets_books_become_paypays() {
        let connection = Connection::open_in_memory().unwrap();
        for script in &MIGRATIONS[..2] {
            connection.execute_batch(script).unwrap();
        }
        let old = "INSERT INTO wallet_codes (reference, content, amount, currency, state, \
             expires_at, paid_at, reserves, captured, released_at) VALUES \
             ('open', 'https://wallet.mpac-gateway.test/pay/S1', 100, 'JPY', 'created', 900, NULL, 0, NULL, NULL), \
             ('deleted', 'https://wallet.mpac-gateway.test/pay/S2', 100, 'JPY', 'deleted', 900, NULL, 0, NULL, NULL), \
             ('paid', 'https://wallet.mpac-gateway.test/pay/S3', 100, 'JPY', 'paid', 900, 800, 0, 100, NULL), \
             ('refunded', 'https://wallet.mpac-gateway.test/pay/S4', 100, 'JPY', 'paid', 900, 800, 0, 100, NULL), \
             ('reserved', 'https://wallet.mpac-gateway.test/pay/S5', 100, 'JPY', 'paid', 900, 800, 1, NULL, NULL), \
             ('captured', 'https://wallet.mpac-gateway.test/pay/S6', 100, 'JPY', 'paid', 900, 800, 1, 70, NULL), \
             ('released', 'https://wallet.mpac-gateway.test/pay/S7', 100, 'JPY', 'paid', 900, 800, 1, NULL, 850); \
             INSERT INTO wallet_refunds VALUES ('refund', 'refunded', 30);";
        connection.execute_batch(old).unwrap();
        connection.execute_batch(MIGRATIONS[2]).unwrap();
        let mut found = stand_in::standings(&connection, None).unwrap();
        found.sort_by(|a, b| a.merchant_payment_id.cmp(&b.merchant_payment_id));
        let found: Vec<_> = found
            .iter()
            .map(|p| {
                (
                    p.merchant_payment_id.as_str(),
                    p.status.as_str(),
                    p.paid,
                    p.captured,
                    p.refunded,
                )
            })
            .collect();
        let expected = [
            ("captured", "COMPLETED", 100, 70, 0),
            ("deleted", "CREATED", 0, 0, 0),
            ("open", "CREATED", 0, 0, 0),
            ("paid", "COMPLETED", 100, 100, 0),
            ("refunded", "REFUNDED", 100, 100, 30),
            ("released", "CANCELED", 100, 0, 0),
            ("reserved", "AUTHORIZED", 100, 0, 0),
        ];
        assert_eq!(found, expected);
        let codes = "SELECT count(*) FROM paypay_codes WHERE length(code_id) = 19 \
             AND url = 'https://wallet.mpac-gateway.test/pay/' || secret \
             AND (deleted_at IS NOT NULL) = (merchant_payment_id = 'deleted')";
        let codes: i64 = connection.query_row(codes, [], |row| row.get(0)).unwrap();
        assert_eq!(codes, 7);
        let ids = "SELECT count(*) FROM paypay_payments WHERE payment_id GLOB '03*' \
             AND length(payment_id) = 20";
        let ids: i64 = connection.query_row(ids, [], |row| row.get(0)).unwrap();
        assert_eq!(ids, 7);
    }

    #[test]
    fn lists_of_what_is_rare_go_through_an_index() {
        let connection = migrated();
        let plan = |question: &str| -> String {
            let mut plan = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {question}"))
                .unwrap();
            let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3));
            steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
        };
        let of_status = |status: &str| {
            intents::list_question(&intents::Filter {
                status: Some(status.to_owned().into()),
                ..intents::Filter::default()
            })
        };
        let failed = plan(&of_status("failed"));
        assert!(failed.contains("payment_intents_by_status"), "{failed}");
        let succeeded = plan(&of_status("succeeded"));
        assert!(
            succeeded.contains("payment_intents_by_merchant"),
            "{succeeded}"
        );
        let of_type = |name: &str| {
            events::list_question(&events::Filter {
                event_type: Some(name.to_owned()),
                ..events::Filter::default()
            })
        };
        let cancelled = plan(&of_type("payment_intent.cancelled"));
        assert!(cancelled.contains("events_by_type"), "{cancelled}");
        for plan in [failed, succeeded, cancelled] {
            assert!(
                !plan.contains("TEMP B-TREE"),
                "newest first by itself: {plan}"
            );
        }
    }

    /// Speed must not depend on how much is stored: the questions that every request or sweep
    /// asks go through an index.
    #[test]
    fn no_common_question_scans_a_table() {
        let connection = migrated();
        let questions = [
            (merchant_refs::FIND_INTENT, "merchant_refs_by_hash"),
            (due::OVERDUE, "payment_intents_open"),
            (due::SETTLING, "payment_intents_settling"),
            (codes::FIND_LIVE, "qr_codes_live"),
            (codes::ALL_LIVE, "qr_codes_live"),
            (codes::FIND_PAID, "qr_codes_paid"),
            (deliveries::WAITING, "webhook_deliveries_pending"),
            (deliveries::DUE, "webhook_deliveries_pending"),
            (deliveries::DUE, "webhook_deliveries_in_order"),
            (idempotency::FIND, "idempotency_records_by_key"),
            (idempotency::DELETE_OLD, "USING INTEGER PRIMARY KEY"),
            (PAYPAY_DUE, "paypay_payments_reserved"),
            (PAYPAY_DUE, "paypay_captures_due"),
            (PAYPAY_DUE, "paypay_refunds_pending"),
        ];
        for (question, index) in questions {
            let mut plan = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {question}"))
                .unwrap();
            let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3));
            let steps: Vec<_> = steps.map(Result::unwrap).collect();
            assert!(
                steps.iter().any(|step| step.contains(index)),
                "{question}: {steps:?}"
            );
        }
    }
}
