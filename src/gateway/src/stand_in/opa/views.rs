//! Payments as PayPay shows them.

use paypay_opa::types::{
    Capture, CaptureStatus, Code, CreateCodeRequest, List, MoneyAmount, Payment as View,
    PaymentMethod, PaymentMethodType, PaymentStatus, Refund, RefundStatus, Reversal,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::stand_in::ledger::payment::{CaptureState, Payment, Status};

/// A payment. Of one that nobody has paid, PayPay says next to nothing.
pub(super) fn payment(payment: &Payment) -> View {
    let status: PaymentStatus = payment.status.as_str().into();
    if payment.status == Status::Created {
        return View {
            accepted_at: Some(0),
            requested_at: Some(0),
            ..View::new(status)
        };
    }
    let paid_with = payment.captured.or(payment.authorized);
    View {
        payment_id: payment.payment_id.parse().ok(),
        accepted_at: Some(payment.accepted_at.map_or(0, |at| at.unix_seconds())),
        merchant_payment_id: payment.merchant_payment_id.parse().ok(),
        user_authorization_id: payment.payer.as_deref().and_then(|id| id.parse().ok()),
        amount: Some(MoneyAmount::jpy(payment.amount)),
        requested_at: Some(payment.requested_at),
        expires_at: payment.reserved_until.map(|at| at.unix_seconds()),
        canceled_at: payment.canceled_at.map(|at| at.unix_seconds()),
        store_id: detail(payment, "storeId"),
        terminal_id: detail(payment, "terminalId"),
        order_receipt_number: detail(payment, "orderReceiptNumber"),
        order_description: detail(payment, "orderDescription"),
        order_items: detail(payment, "orderItems"),
        metadata: detail(payment, "metadata"),
        refunds: Some(List {
            data: refund(payment).into_iter().collect(),
        }),
        captures: payment.reserves.then(|| List {
            data: captures(payment),
        }),
        revert: payment.revert.as_ref().map(|revert| Reversal {
            merchant_revert_id: revert.merchant_revert_id.parse().ok(),
            accepted_at: Some(revert.accepted_at.unix_seconds()),
            requested_at: Some(revert.requested_at),
            reason: revert.reason.clone(),
        }),
        payment_methods: paid_with.map(|yen| {
            vec![PaymentMethod {
                kind: PaymentMethodType::Wallet,
                amount: MoneyAmount::jpy(yen),
                breakdown: None,
            }]
        }),
        ..View::new(status)
    }
}

fn captures(payment: &Payment) -> Vec<Capture> {
    let shown = payment.captures.iter().filter_map(|capture| {
        let status = match capture.state {
            CaptureState::UserRequested | CaptureState::Agreed => CaptureStatus::UserRequested,
            CaptureState::Completed => CaptureStatus::Completed,
            CaptureState::Dropped => return None,
        };
        Some(Capture {
            status,
            merchant_capture_id: capture.merchant_capture_id.parse().ok()?,
            amount: MoneyAmount::jpy(capture.amount),
            accepted_at: capture.accepted_at.map(|at| at.unix_seconds()),
            order_description: Some(capture.description.clone()),
            requested_at: Some(capture.requested_at),
            expires_at: capture.due_at.map(|at| at.unix_seconds()),
        })
    });
    shown.collect()
}

/// The refund of a payment.
pub(super) fn refund(payment: &Payment) -> Option<Refund> {
    let refund = payment.refund.as_ref()?;
    Some(Refund {
        status: match refund.refunded_at {
            Some(_) => RefundStatus::Refunded,
            None => RefundStatus::Created,
        },
        merchant_refund_id: refund.merchant_refund_id.parse().ok(),
        payment_id: payment.payment_id.parse().ok(),
        amount: Some(MoneyAmount::jpy(refund.amount)),
        accepted_at: Some(refund.accepted_at.unix_seconds()),
        requested_at: Some(refund.requested_at),
        reason: refund.reason.clone(),
        assume_merchant: None,
    })
}

/// A payment's code. Asked for again, it is still the answer to the first request.
pub(super) fn code(request: CreateCodeRequest, payment: &Payment) -> Option<Code> {
    let first = serde_json::Value::Object(payment.details.clone());
    let request: CreateCodeRequest = serde_json::from_value(first).unwrap_or(request);
    let code = payment.code.as_ref()?;
    let link = utf8_percent_encode(&code.url, NON_ALPHANUMERIC);
    let deeplink = format!("paypay://payment?link_key={link}");
    let mut view = Code::answer_to(request, code.code_id.parse().ok()?, code.url.clone());
    view.deeplink = Some(deeplink);
    view.expiry_date = Some(code.expires_at.unix_seconds());
    view.order_description = view.order_description.or(Some(String::new()));
    view.requested_at = Some(payment.requested_at);
    Some(view)
}

/// What the request said, if it fits.
fn detail<T: DeserializeOwned>(payment: &Payment, name: &str) -> Option<T> {
    let detail = payment.details.get(name)?.clone();
    serde_json::from_value(detail).ok()
}
