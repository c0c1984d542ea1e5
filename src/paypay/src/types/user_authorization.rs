use serde::{Deserialize, Serialize};

use super::{Scope, UserAuthorizationId};
use crate::string_enum::string_enum;

/// A customer's consent: what `data` holds in the answer about one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserAuthorization {
    /// Whether it still holds.
    pub status: UserAuthorizationStatus,
    /// PayPay's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_authorization_id: Option<UserAuthorizationId>,
    /// The merchant's ids of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_ids: Option<Vec<String>>,
    /// What was consented to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
    /// Until when it holds, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<i64>,
    /// Since when it holds, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
}

string_enum! {
    /// Whether a customer's consent still holds.
    pub enum UserAuthorizationStatus {
        /// It does.
        Active => "ACTIVE",
        /// The merchant or the customer ended it.
        Inactive => "INACTIVE",
    }
}
