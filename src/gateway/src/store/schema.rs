use rusqlite::Connection;

/// `mpac` in ASCII: tells our files from those of other programs.
pub(super) const APPLICATION_ID: i64 = 0x6d70_6163;

/// One script per schema version, in order. A released script is never edited: what changes is
/// added as the next one.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_payments.sql"),
    include_str!("schema/0002_bench.sql"),
    include_str!("schema/0003_paypay.sql"),
    include_str!("schema/0004_provider.sql"),
];

pub(super) fn latest_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Runs the scripts that the file has not seen, each in one transaction with its version number.
pub(super) fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let seen = usize::try_from(version).unwrap_or(0);
    for (index, script) in MIGRATIONS.iter().enumerate().skip(seen) {
        let version = index + 1;
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
    use crate::stand_in::PAYPAY_DUE;
    use crate::store::{codes, deliveries, idempotency, intents};

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

    /// Speed must not depend on how much is stored: the questions that every request or sweep
    /// asks go through an index.
    #[test]
    fn no_common_question_scans_a_table() {
        let connection = migrated();
        let questions = [
            (intents::FIND_ID_BY_REF, "payment_intents_by_merchant_ref"),
            (intents::OVERDUE, "payment_intents_open"),
            (intents::SETTLING, "payment_intents_settling"),
            (codes::FIND_LIVE, "qr_codes_live"),
            (codes::ALL_LIVE, "qr_codes_live"),
            (codes::FIND_PAID, "qr_codes_paid"),
            (deliveries::DUE, "webhook_deliveries_pending"),
            (deliveries::DUE, "webhook_deliveries_in_order"),
            (idempotency::DELETE_OLD, "idempotency_records_by_age"),
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
