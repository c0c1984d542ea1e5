//! How the protocol's types cross to Kotlin and Swift: as the plain string or number they are on
//! the wire.

use mpac_pgw_protocol::{
    Amount, Currency, PaymentIntentId, PaymentIntentStatus, PaymentMethodType, Timestamp,
};

uniffi::custom_type!(Amount, i64, {
    remote,
    lower: |amount| amount.minor_units(),
    try_lift: |minor_units| Ok(Amount::new(minor_units)?),
});

uniffi::custom_type!(Currency, String, {
    remote,
    lower: |currency| currency.to_string(),
    try_lift: |code| Ok(code.parse::<Currency>()?),
});

uniffi::custom_type!(PaymentIntentId, String, {
    remote,
    lower: |id| id.to_string(),
    try_lift: |text| Ok(text.parse::<PaymentIntentId>()?),
});

uniffi::custom_type!(PaymentIntentStatus, String, {
    remote,
    lower: |status| status.to_string(),
    try_lift: |text| Ok(PaymentIntentStatus::from(text)),
});

uniffi::custom_type!(PaymentMethodType, String, {
    remote,
    lower: |method| method.to_string(),
    try_lift: |text| Ok(PaymentMethodType::from(text)),
});

uniffi::custom_type!(Timestamp, i64, {
    remote,
    lower: |timestamp| timestamp.unix_seconds(),
    try_lift: |seconds| Ok(Timestamp::from_unix_seconds(seconds)),
});
