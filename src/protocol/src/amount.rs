use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of money in the currency's minor unit: yen for JPY, cents for USD.
///
/// Always from 1 to [`Amount::MAX`] (guide, *Creating a PaymentIntent*; the upper bound is the
/// eleven digits that QR providers accept).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

impl Amount {
    /// The largest amount: eleven digits.
    pub const MAX: i64 = 99_999_999_999;

    /// Checks the range.
    ///
    /// # Errors
    /// [`AmountError`] when `minor_units` is below 1 or above [`Amount::MAX`].
    pub const fn new(minor_units: i64) -> Result<Self, AmountError> {
        match minor_units {
            ..=0 => Err(AmountError::NotPositive),
            1..=Self::MAX => Ok(Self(minor_units)),
            _ => Err(AmountError::TooLarge),
        }
    }

    /// The amount as a plain number of minor units.
    #[must_use]
    pub const fn minor_units(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Amount {
    type Error = AmountError;

    fn try_from(minor_units: i64) -> Result<Self, AmountError> {
        Self::new(minor_units)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a number is not an [`Amount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Zero or below.
    #[error("amount must be greater than 0")]
    NotPositive,
    /// More than eleven digits.
    #[error("amount must be at most {} minor units (11 digits)", Amount::MAX)]
    TooLarge,
}
