//! Payments in the database: read whole, written whole, in the transaction of the caller.

use mpac_pgw_protocol::Timestamp;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde_json::Map;

use super::payment::{Capture, CaptureState, Code, Payment, Refund, Revert, Status};
use crate::store::StoreError;

/// How a payment is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    /// merchantPaymentId
    Merchant(&'a str),
    /// PayPay's paymentId
    PayPay(&'a str),
    /// PayPay's codeId
    Code(&'a str),
    /// The last part of the code's URL
    Secret(&'a str),
}

const COLUMNS: &str = "merchant_payment_id, payment_id, status, amount, reserves, payer, details, \
     requested_at, created_at, authorized, captured, accepted_at, reserved_until, \
     refundable_until, canceled_at, cancel_asked";

/// The payment as it was last written.
pub(super) fn find(c: &Connection, key: Key<'_>) -> Result<Option<Payment>, StoreError> {
    let (condition, value) = match key {
        Key::Merchant(id) => ("merchant_payment_id = ?1", id),
        Key::PayPay(id) => ("payment_id = ?1", id),
        Key::Code(id) => (
            "merchant_payment_id = \
             (SELECT merchant_payment_id FROM paypay_codes WHERE code_id = ?1)",
            id,
        ),
        Key::Secret(secret) => (
            "merchant_payment_id = \
             (SELECT merchant_payment_id FROM paypay_codes WHERE secret = ?1)",
            secret,
        ),
    };
    let select = format!("SELECT {COLUMNS} FROM paypay_payments WHERE {condition}");
    let mut statement = c.prepare_cached(&select)?;
    let mut rows = statement.query([value])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let mut payment = read(row)?;
    payment.code = code(c, &payment.merchant_payment_id)?;
    payment.captures = captures(c, &payment.merchant_payment_id)?;
    payment.revert = revert(c, &payment.merchant_payment_id)?;
    payment.refund = refund(c, &payment.merchant_payment_id)?;
    Ok(Some(payment))
}

/// Records a payment as it now is, with every change since it was read.
pub(super) fn save(c: &Connection, payment: &Payment) -> Result<(), StoreError> {
    let id = &payment.merchant_payment_id;
    let details = serde_json::Value::Object(payment.details.clone()).to_string();
    let replace = "INSERT INTO paypay_payments (merchant_payment_id, payment_id, status, amount, \
         reserves, payer, details, requested_at, created_at, authorized, captured, accepted_at, \
         reserved_until, refundable_until, canceled_at, cancel_asked) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
         ON CONFLICT DO UPDATE SET status = ?3, authorized = ?10, captured = ?11, \
         accepted_at = ?12, reserved_until = ?13, refundable_until = ?14, canceled_at = ?15, \
         cancel_asked = ?16";
    c.prepare_cached(replace)?.execute(params![
        id,
        payment.payment_id,
        payment.status.as_str(),
        payment.amount,
        payment.reserves,
        payment.payer,
        details,
        payment.requested_at,
        payment.created_at.unix_seconds(),
        payment.authorized,
        payment.captured,
        seconds(payment.accepted_at),
        seconds(payment.reserved_until),
        seconds(payment.refundable_until),
        seconds(payment.canceled_at),
        payment.cancel_asked,
    ])?;
    if let Some(code) = &payment.code {
        let replace = "INSERT INTO paypay_codes \
             (code_id, merchant_payment_id, url, secret, expires_at, deleted_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET deleted_at = ?6";
        let cells: [&dyn ToSql; 6] = [
            &code.code_id,
            id,
            &code.url,
            &code.secret,
            &code.expires_at.unix_seconds(),
            &seconds(code.deleted_at),
        ];
        c.prepare_cached(replace)?.execute(cells)?;
    }
    for capture in &payment.captures {
        let replace = "INSERT OR REPLACE INTO paypay_captures (merchant_payment_id, \
             merchant_capture_id, amount, description, status, requested_at, due_at, accepted_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        c.prepare_cached(replace)?.execute(params![
            id,
            capture.merchant_capture_id,
            capture.amount,
            capture.description,
            capture.state.as_str(),
            capture.requested_at,
            seconds(capture.due_at),
            seconds(capture.accepted_at),
        ])?;
    }
    if let Some(revert) = &payment.revert {
        let insert = "INSERT OR IGNORE INTO paypay_reverts (merchant_payment_id, \
             merchant_revert_id, reason, requested_at, accepted_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        c.prepare_cached(insert)?.execute(params![
            id,
            revert.merchant_revert_id,
            revert.reason,
            revert.requested_at,
            revert.accepted_at.unix_seconds(),
        ])?;
    }
    if let Some(refund) = &payment.refund {
        let replace = "INSERT INTO paypay_refunds (merchant_payment_id, merchant_refund_id, \
             amount, reason, requested_at, accepted_at, refunded_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET refunded_at = ?7";
        c.prepare_cached(replace)?.execute(params![
            id,
            refund.merchant_refund_id,
            refund.amount,
            refund.reason,
            refund.requested_at,
            refund.accepted_at.unix_seconds(),
            seconds(refund.refunded_at),
        ])?;
    }
    for change in &payment.changes {
        let insert = "INSERT INTO paypay_changes \
             (merchant_payment_id, from_status, to_status, cause, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        c.prepare_cached(insert)?.execute(params![
            id,
            change.from.map(Status::as_str),
            change.to.as_str(),
            change.cause,
            change.at.unix_seconds(),
        ])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Payment, StoreError> {
    let id: String = row.get(0)?;
    let status: String = row.get(2)?;
    let status = Status::ALL
        .into_iter()
        .find(|known| known.as_str() == status)
        .ok_or_else(|| damaged(&id, "status"))?;
    let details: String = row.get(6)?;
    let details: Map<_, _> = serde_json::from_str(&details).map_err(|_| damaged(&id, "details"))?;
    Ok(Payment {
        payment_id: row.get(1)?,
        status,
        amount: row.get(3)?,
        reserves: row.get(4)?,
        payer: row.get(5)?,
        details,
        requested_at: row.get(7)?,
        created_at: Timestamp::from_unix_seconds(row.get(8)?),
        authorized: row.get(9)?,
        captured: row.get(10)?,
        accepted_at: moment(row, 11)?,
        reserved_until: moment(row, 12)?,
        refundable_until: moment(row, 13)?,
        canceled_at: moment(row, 14)?,
        cancel_asked: row.get(15)?,
        merchant_payment_id: id,
        code: None,
        captures: Vec::new(),
        revert: None,
        refund: None,
        changes: Vec::new(),
    })
}

fn code(c: &Connection, id: &str) -> Result<Option<Code>, StoreError> {
    let select = "SELECT code_id, url, secret, expires_at, deleted_at FROM paypay_codes \
         WHERE merchant_payment_id = ?1";
    let code = c.prepare_cached(select)?.query_row([id], |row| {
        Ok(Code {
            code_id: row.get(0)?,
            url: row.get(1)?,
            secret: row.get(2)?,
            expires_at: Timestamp::from_unix_seconds(row.get(3)?),
            deleted_at: moment(row, 4)?,
        })
    });
    Ok(code.optional()?)
}

fn captures(c: &Connection, id: &str) -> Result<Vec<Capture>, StoreError> {
    let select = "SELECT merchant_capture_id, amount, description, status, requested_at, due_at, \
         accepted_at FROM paypay_captures WHERE merchant_payment_id = ?1";
    let mut statement = c.prepare_cached(select)?;
    let mut rows = statement.query([id])?;
    let mut captures = Vec::new();
    while let Some(row) = rows.next()? {
        let state: String = row.get(3)?;
        captures.push(Capture {
            merchant_capture_id: row.get(0)?,
            amount: row.get(1)?,
            description: row.get(2)?,
            state: CaptureState::ALL
                .into_iter()
                .find(|known| known.as_str() == state)
                .ok_or_else(|| damaged(id, "capture status"))?,
            requested_at: row.get(4)?,
            due_at: moment(row, 5)?,
            accepted_at: moment(row, 6)?,
        });
    }
    Ok(captures)
}

fn revert(c: &Connection, id: &str) -> Result<Option<Revert>, StoreError> {
    let select = "SELECT merchant_revert_id, reason, requested_at, accepted_at \
         FROM paypay_reverts WHERE merchant_payment_id = ?1";
    let revert = c.prepare_cached(select)?.query_row([id], |row| {
        Ok(Revert {
            merchant_revert_id: row.get(0)?,
            reason: row.get(1)?,
            requested_at: row.get(2)?,
            accepted_at: Timestamp::from_unix_seconds(row.get(3)?),
        })
    });
    Ok(revert.optional()?)
}

fn refund(c: &Connection, id: &str) -> Result<Option<Refund>, StoreError> {
    let select = "SELECT merchant_refund_id, amount, reason, requested_at, accepted_at, \
         refunded_at FROM paypay_refunds WHERE merchant_payment_id = ?1";
    let refund = c.prepare_cached(select)?.query_row([id], |row| {
        Ok(Refund {
            merchant_refund_id: row.get(0)?,
            amount: row.get(1)?,
            reason: row.get(2)?,
            requested_at: row.get(3)?,
            accepted_at: Timestamp::from_unix_seconds(row.get(4)?),
            refunded_at: moment(row, 5)?,
        })
    });
    Ok(refund.optional()?)
}

impl CaptureState {
    const ALL: [Self; 4] = [
        Self::UserRequested,
        Self::Agreed,
        Self::Completed,
        Self::Dropped,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::UserRequested => "USER_REQUESTED",
            Self::Agreed => "AGREED",
            Self::Completed => "COMPLETED",
            Self::Dropped => "DROPPED",
        }
    }
}

fn seconds(moment: Option<Timestamp>) -> Cell {
    moment.map_or(Cell::Null, |moment| moment.unix_seconds().into())
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let seconds: Option<i64> = row.get(column)?;
    Ok(seconds.map(Timestamp::from_unix_seconds))
}

pub(super) fn damaged(row: &str, column: &'static str) -> StoreError {
    StoreError::Damaged {
        row: row.to_owned(),
        column,
    }
}
