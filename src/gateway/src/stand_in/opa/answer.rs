use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use paypay_opa::types::{Envelope, ResultCode, ResultInfo};
use serde::Serialize;

use crate::stand_in::results::{self, Refusal};
use crate::store::StoreError;

const SUCCESS_ID: &str = "08100001";

/// 200 or 201 with what was asked for.
pub(super) fn success<T: Serialize>(status: u16, data: T) -> Response {
    let info = ResultInfo::new(ResultCode::Success, "Success", SUCCESS_ID);
    envelope(status, info, Some(data))
}

/// 202: taken.
pub(super) fn accepted() -> Response {
    let info = ResultInfo::new(ResultCode::RequestAccepted, "Request accepted", SUCCESS_ID);
    envelope::<()>(202, info, None)
}

/// A row of the table.
pub(crate) fn refused(row: Refusal) -> Response {
    let info = ResultInfo::new(row.code.into(), row.message, row.code_id);
    envelope::<()>(row.status, info, None)
}

fn envelope<T: Serialize>(status: u16, result_info: ResultInfo, data: Option<T>) -> Response {
    // Our own types: they always serialise.
    let body = serde_json::to_string(&Envelope { result_info, data }).unwrap_or_default();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A call that PayPay does not carry out, or cannot.
#[derive(Debug)]
pub(in crate::stand_in) enum Failed {
    Refused(Refusal),
    Books(StoreError),
}

impl From<Refusal> for Failed {
    fn from(row: Refusal) -> Self {
        Self::Refused(row)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Books(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(row) => refused(row),
            Self::Books(error) => {
                log::error!("PayPay stand-in: {error}");
                refused(results::INTERNAL_SERVER_ERROR)
            }
        }
    }
}
