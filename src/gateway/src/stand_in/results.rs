//! PayPay's table of results, row by row: what the guide prints, and what the newer documents add.

/// A row: why PayPay did not do what it was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) status: u16,
    /// Empty where PayPay has not published it.
    pub(crate) code_id: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

/// Rows are known by their address in the table's constants.
pub(crate) type Refusal = &'static Row;

/// A call of PayPay's API: rows 1 to 9 and 11 to 16 of its catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateCode,
    DeleteCode,
    CodeDetails,
    CreatePayment,
    PaymentDetails,
    Cancel,
    Capture,
    Preauthorize,
    Revert,
    Refund,
    RefundDetails,
    LinkSession,
    UserStatus,
    Unlink,
    CheckBalance,
}

macro_rules! rows {
    ($($name:ident = $status:literal $code_id:literal $code:literal $message:literal;)*) => {
        $(pub(crate) const $name: Refusal = &Row {
            status: $status, code_id: $code_id, code: $code, message: $message,
        };)*
    };
}

rows! {
    // Of every call.
    INVALID_REQUEST_PARAMS = 400 "08100006" "INVALID_REQUEST_PARAMS" "Invalid request params";
    MISSING_REQUEST_PARAMS = 400 "08100024" "MISSING_REQUEST_PARAMS" "";
    UNAUTHORIZED = 401 "08100016" "UNAUTHORIZED" "Unauthorized request";
    OP_OUT_OF_SCOPE = 401 "08100023" "OP_OUT_OF_SCOPE" "The operation is not permitted";
    OPA_CLIENT_NOT_FOUND = 404 "08100007" "OPA_CLIENT_NOT_FOUND" "OPA Client not found";
    RATE_LIMIT = 429 "08100998" "RATE_LIMIT" "Too many requests";
    SERVICE_ERROR = 500 "08100026" "SERVICE_ERROR" "";
    INTERNAL_SERVER_ERROR = 500 "08101000" "INTERNAL_SERVER_ERROR"
        "Something went wrong on PayPay service side";
    MAINTENANCE_MODE = 503 "08100999" "MAINTENANCE_MODE"
        "Sorry, we are down for scheduled maintenance";

    // Codes.
    DUPLICATE_DYNAMIC_QR_REQUEST = 400 "01652073" "DUPLICATE_DYNAMIC_QR_REQUEST"
        "Duplicate Dynamic QR request error";
    DYNAMIC_QR_BAD_REQUEST = 400 "01650000" "DYNAMIC_QR_BAD_REQUEST" "Dynamic QR bad request error";
    DYNAMIC_QR_PAYMENT_NOT_FOUND = 400 "01652075" "DYNAMIC_QR_PAYMENT_NOT_FOUND"
        "Dynamic QR payment not found";
    DYNAMIC_QR_PAYMENT_NOT_FOUND_404 = 404 "01652075" "DYNAMIC_QR_PAYMENT_NOT_FOUND"
        "Dynamic QR payment not found";
    DYNAMIC_QR_ALREADY_PAID = 400 "01652074" "DYNAMIC_QR_ALREADY_PAID" "Dynamic QR already paid";
    DYNAMIC_QR_NOT_FOUND = 404 "01652072" "DYNAMIC_QR_NOT_FOUND" "Dynamic qr code not found";

    // Reserved money.
    PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT = 400 "00400060" "PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT"
        "Merchant do not support Pre-Auth-Capture";
    PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE = 400 "00400061" "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE"
        "Provided Expiry Date is above the allowed limit of Max allowed expiry days";
    USER_CONFIRMATION_REQUIRED = 202 "08300103" "USER_CONFIRMATION_REQUIRED"
        "User confirmation required as requested amount is above allowed limit";
    MERCHANT_LIMIT_EXCEEDED = 400 "00400035" "UNACCEPTABLE_OP"
        "Total transaction limit exceeds merchant limit";
    ALREADY_CAPTURED = 400 "00200039" "ALREADY_CAPTURED"
        "Cannot capture already captured acquiring order";
    HIGHER_CAPTURE_NOT_PERMITTED = 400 "00400062" "HIGHER_CAPTURE_NOT_PERMITTED"
        "Merchant not allowed to capture higher amount";
    ORDER_EXPIRED = 400 "00200043" "ORDER_EXPIRED"
        "Order cannot be captured or updated as it has already expired";
    ORDER_NOT_CAPTURABLE = 400 "00200035" "ORDER_NOT_CAPTURABLE" "Order is not capturable";
    REAUTHORIZATION_IN_PROGRESS = 400 "00200038" "REAUTHORIZATION_IN_PROGRESS"
        "Order is being reauthorized";
    TOO_CLOSE_TO_EXPIRY = 400 "00400064" "TOO_CLOSE_TO_EXPIRY"
        "Order cannot be reauthorized as request is too close to expiry time";
    ORDER_NOT_CANCELABLE = 400 "00200042" "ORDER_NOT_CANCELABLE" "Order is not cancelable";

    // Cancels and refunds.
    ORDER_NOT_REVERSIBLE = 400 "00200044" "ORDER_NOT_REVERSIBLE" "Order cannot be reversed";
    REQUEST_TIMED_OUT = 500 "00200034" "INTERNAL_SERVER_ERROR" "Request timed out";
    INVALID_PARAMS = 400 "00200004" "INVALID_PARAMS" "Invalid parameters received";
    NOT_REFUNDABLE = 400 "00200013" "UNACCEPTABLE_OP" "Order cannot be refunded";
    MULTIPLE_REFUND = 400 "00200014" "UNACCEPTABLE_OP" "Multiple refund not allowed";
    MERCHANT_MULTIPLE_REFUND_REJECTED = 403 "" "MERCHANT_MULTIPLE_REFUND_REJECTED"
        "Multiple refund not allowed";
    INVALID_REFUND_AMOUNT = 400 "00200015" "INVALID_PARAMS" "Invalid refund amount";
    CANCELED_USER = 400 "01103027" "CANCELED_USER" "Canceled user";
    ORDER_NOT_FOUND = 404 "00200001" "RESOURCE_NOT_FOUND" "Order not found";
    TRANSACTION_FAILED = 500 "00200002" "TRANSACTION_FAILED" "Transaction failed";
    TRANSACTION_FAILED_AGAIN = 500 "00200003" "TRANSACTION_FAILED" "Transaction failed";
    BALANCE_EXCEEDED = 500 "00800017" "TRANSACTION_FAILED" "Balance exceeded";
    NO_SUCH_REFUND_ORDER = 404 "00200018" "NO_SUCH_REFUND_ORDER" "Refund not found";

    // Payments by user authorization. PayPay publishes no codeId for most of them.
    SUSPECTED_DUPLICATE_PAYMENT = 400 "00200017" "SUSPECTED_DUPLICATE_PAYMENT"
        "Order is rejected since similar order has been already accepted";
    NO_SUFFICIENT_FUND = 400 "" "NO_SUFFICIENT_FUND" "There is no sufficient fund for the transaction";
    UNSUPPORTED_PAYMENT_METHOD = 400 "" "UNSUPPORTED_PAYMENT_METHOD"
        "The payment method is not supported";
    UNACCEPTABLE_OP = 400 "" "UNACCEPTABLE_OP" "The operation is not acceptable";
    USER_STATE_IS_NOT_ACTIVE = 401 "" "USER_STATE_IS_NOT_ACTIVE" "The user is not active";
    INVALID_USER_AUTHORIZATION_ID = 401 "" "INVALID_USER_AUTHORIZATION_ID"
        "The specified user authorization ID is invalid";
    EXPIRED_USER_AUTHORIZATION_ID = 401 "" "EXPIRED_USER_AUTHORIZATION_ID"
        "The user authorization ID expired";
    NO_VALID_PAYMENT_METHOD = 404 "" "NO_VALID_PAYMENT_METHOD" "There is no valid payment method";
    PAYMENT_METHOD_NOT_FOUND = 404 "" "PAYMENT_METHOD_NOT_FOUND" "Payment method not found";
    PAYMENT_FAILED = 500 "" "TRANSACTION_FAILED" "Transaction failed";
    EXPECTATION_FAILED = 400 "08100017" "EXPECTATION_FAILED"
        "The scope or the redirect domain is not registered";
}

/// The rows of every call.
pub(crate) const COMMON: [Refusal; 9] = [
    INVALID_REQUEST_PARAMS,
    MISSING_REQUEST_PARAMS,
    UNAUTHORIZED,
    OP_OUT_OF_SCOPE,
    OPA_CLIENT_NOT_FOUND,
    RATE_LIMIT,
    SERVICE_ERROR,
    INTERNAL_SERVER_ERROR,
    MAINTENANCE_MODE,
];

const DETAILS: &[Refusal] = &[DYNAMIC_QR_PAYMENT_NOT_FOUND, DYNAMIC_QR_BAD_REQUEST];

const DIRECT: &[Refusal] = &[
    SUSPECTED_DUPLICATE_PAYMENT,
    INVALID_PARAMS,
    CANCELED_USER,
    NO_SUFFICIENT_FUND,
    UNSUPPORTED_PAYMENT_METHOD,
    UNACCEPTABLE_OP,
    USER_STATE_IS_NOT_ACTIVE,
    INVALID_USER_AUTHORIZATION_ID,
    EXPIRED_USER_AUTHORIZATION_ID,
    NO_VALID_PAYMENT_METHOD,
    PAYMENT_METHOD_NOT_FOUND,
    PAYMENT_FAILED,
    PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT,
    PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE,
];

const USER: &[Refusal] = &[
    CANCELED_USER,
    INVALID_USER_AUTHORIZATION_ID,
    EXPIRED_USER_AUTHORIZATION_ID,
];

impl Operation {
    /// Those of the guide's tables first, and in their order.
    pub(crate) const ALL: [Self; 15] = [
        Self::CreateCode,
        Self::CodeDetails,
        Self::PaymentDetails,
        Self::DeleteCode,
        Self::Cancel,
        Self::Refund,
        Self::RefundDetails,
        Self::Capture,
        Self::Revert,
        Self::CreatePayment,
        Self::Preauthorize,
        Self::LinkSession,
        Self::UserStatus,
        Self::Unlink,
        Self::CheckBalance,
    ];

    /// The rows of this call, without those of every call.
    pub(crate) fn rows(self) -> &'static [Refusal] {
        match self {
            Self::CreateCode => &[
                DUPLICATE_DYNAMIC_QR_REQUEST,
                PRE_AUTH_CAPTURE_UNSUPPORTED_MERCHANT,
                PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE,
                DYNAMIC_QR_BAD_REQUEST,
            ],
            Self::DeleteCode => &[
                DYNAMIC_QR_ALREADY_PAID,
                DYNAMIC_QR_BAD_REQUEST,
                DYNAMIC_QR_NOT_FOUND,
            ],
            Self::CodeDetails | Self::PaymentDetails => DETAILS,
            Self::CreatePayment | Self::Preauthorize => DIRECT,
            Self::Cancel => &[ORDER_NOT_REVERSIBLE, REQUEST_TIMED_OUT],
            Self::Capture => &[
                USER_CONFIRMATION_REQUIRED,
                MERCHANT_LIMIT_EXCEEDED,
                ALREADY_CAPTURED,
                CANCELED_USER,
                HIGHER_CAPTURE_NOT_PERMITTED,
                ORDER_EXPIRED,
                ORDER_NOT_CAPTURABLE,
                REAUTHORIZATION_IN_PROGRESS,
                TOO_CLOSE_TO_EXPIRY,
                ORDER_NOT_FOUND,
            ],
            Self::Revert => &[ORDER_NOT_CANCELABLE, ORDER_NOT_FOUND],
            Self::Refund => &[
                INVALID_PARAMS,
                NOT_REFUNDABLE,
                MULTIPLE_REFUND,
                MERCHANT_MULTIPLE_REFUND_REJECTED,
                INVALID_REFUND_AMOUNT,
                CANCELED_USER,
                ORDER_NOT_FOUND,
                TRANSACTION_FAILED,
                TRANSACTION_FAILED_AGAIN,
                BALANCE_EXCEEDED,
                REQUEST_TIMED_OUT,
            ],
            Self::RefundDetails => &[NO_SUCH_REFUND_ORDER, REQUEST_TIMED_OUT],
            Self::LinkSession => &[EXPECTATION_FAILED],
            Self::UserStatus | Self::Unlink | Self::CheckBalance => USER,
        }
    }

    /// The row of this call with this code or codeId. Its own come first: a code may be in both.
    pub(crate) fn row(self, name: &str) -> Option<Refusal> {
        let mut rows = self.rows().iter().chain(&COMMON);
        rows.find(|row| is_named(row, name)).copied()
    }
}

/// A row of any call, by its code or codeId: those of every call come first.
pub(crate) fn any_row(name: &str) -> Option<Refusal> {
    let own = Operation::ALL.iter().flat_map(|operation| operation.rows());
    let mut rows = COMMON.iter().chain(own);
    rows.find(|row| is_named(row, name)).copied()
}

fn is_named(row: &Row, name: &str) -> bool {
    row.code == name || (!row.code_id.is_empty() && row.code_id == name)
}

/// What an id provokes. An id that starts with `error-<codeId or code>-` has the call answer that
/// row of its table and do nothing, such as `error-00200044-order-7` in a cancel. In calls that
/// do not have the row the id is like any other, so a payment with such an id can be made and paid
/// before its cancel fails.
pub(crate) fn provoked<'a>(
    operation: Operation,
    ids: impl IntoIterator<Item = &'a str>,
) -> Option<Refusal> {
    let named = |id: &'a str| id.strip_prefix("error-")?.split_once('-');
    ids.into_iter()
        .filter_map(named)
        .find_map(|(name, _)| operation.row(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_id_provokes_the_rows_of_the_call_and_no_others() {
        let table = [
            (
                Operation::Cancel,
                "error-00200044-a",
                Some(ORDER_NOT_REVERSIBLE),
            ),
            (
                Operation::Cancel,
                "error-ORDER_NOT_REVERSIBLE-a",
                Some(ORDER_NOT_REVERSIBLE),
            ),
            (Operation::Refund, "error-00200044-a", None),
            (Operation::CreateCode, "error-00200044-a", None),
            (
                Operation::Refund,
                "error-UNACCEPTABLE_OP-",
                Some(NOT_REFUNDABLE),
            ),
            (Operation::Refund, "error-00200014-1", Some(MULTIPLE_REFUND)),
            (
                Operation::Cancel,
                "error-INTERNAL_SERVER_ERROR-1",
                Some(REQUEST_TIMED_OUT),
            ),
            (
                Operation::CreateCode,
                "error-INTERNAL_SERVER_ERROR-1",
                Some(INTERNAL_SERVER_ERROR),
            ),
            (Operation::CreateCode, "error-RATE_LIMIT", None),
            (Operation::CreateCode, "error--1", None),
            (Operation::CreateCode, "order-1", None),
        ];
        for (operation, id, expected) in table {
            assert_eq!(provoked(operation, [id]), expected, "{operation:?} {id}");
        }
    }

    #[test]
    fn the_api_document_lists_every_scenario() {
        let document = include_str!("../api/openapi.json");
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        let scenario = &document["components"]["schemas"]["Scenario"]["properties"]["scenario"];
        let listed = scenario["enum"].as_array().unwrap().iter();
        let listed: BTreeSet<_> = listed.map(|name| name.as_str().unwrap()).collect();
        let rows = Operation::ALL.iter().flat_map(|operation| operation.rows());
        let rows = rows.chain(&COMMON).flat_map(|row| [row.code, row.code_id]);
        let named: BTreeSet<_> = rows.filter(|name| !name.is_empty()).collect();
        assert_eq!(listed, named);
    }

    #[test]
    fn every_row_can_be_named() {
        for operation in Operation::ALL {
            for row in operation.rows().iter().chain(&COMMON) {
                let name = if row.code_id.is_empty() {
                    row.code
                } else {
                    row.code_id
                };
                assert_eq!(operation.row(name), Some(*row), "{operation:?} {row:?}");
                assert!(any_row(name).is_some(), "{name}");
            }
        }
    }
}
