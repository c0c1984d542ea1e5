use serde::{Deserialize, Serialize};

use crate::string_enum::string_enum;

/// An amount of money: whole yen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MoneyAmount {
    /// In the currency's smallest unit, which is the yen.
    pub amount: i64,
    /// Always JPY.
    pub currency: Currency,
}

impl MoneyAmount {
    /// The largest amount that PayPay's 11 digits hold.
    pub const MAX: i64 = 99_999_999_999;

    /// So many yen.
    #[must_use]
    pub const fn jpy(yen: i64) -> Self {
        Self {
            amount: yen,
            currency: Currency::Jpy,
        }
    }
}

string_enum! {
    /// A currency by its ISO 4217 code. PayPay knows one.
    pub enum Currency {
        /// Japanese yen.
        Jpy => "JPY",
    }
}
