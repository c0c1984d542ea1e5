use serde::{Deserialize, Serialize};

use super::check::{refuse_if, required_text, text};
use super::{Check, FieldError, MoneyAmount};

/// One line of an order, shown to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MerchantOrderItem {
    /// What it is; at most 255 characters.
    pub name: String,
    /// How many; at least 1.
    pub quantity: i64,
    /// What one costs. PayPay writes `unit_price` in its answer to create code, and `unitPrice`
    /// everywhere else; both are read.
    #[serde(alias = "unit_price", skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<MoneyAmount>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
}

impl Check for MerchantOrderItem {
    fn check(&self) -> Result<(), FieldError> {
        required_text("orderItems.name", &self.name)?;
        let in_range = (1..=MoneyAmount::MAX).contains(&self.quantity);
        refuse_if(!in_range, "orderItems.quantity", "must be 1 to 99999999999")?;
        text("orderItems.category", self.category.as_deref())?;
        text("orderItems.productId", self.product_id.as_deref())
    }
}

/// Checks every item of a list.
pub(crate) fn check_all(items: Option<&[MerchantOrderItem]>) -> Result<(), FieldError> {
    items.unwrap_or_default().iter().try_for_each(Check::check)
}

/// Writes items the way the answer to create code has them, with `unit_price`.
pub(crate) fn with_unit_price<S: serde::Serializer>(
    items: &Option<Vec<MerchantOrderItem>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Quirk<'a> {
        name: &'a str,
        quantity: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        unit_price: Option<&'a MoneyAmount>,
        #[serde(skip_serializing_if = "Option::is_none")]
        category: Option<&'a str>,
        #[serde(rename = "productId", skip_serializing_if = "Option::is_none")]
        product_id: Option<&'a str>,
    }
    let quirk = |item: &'_ MerchantOrderItem| -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(Quirk {
            name: &item.name,
            quantity: item.quantity,
            unit_price: item.unit_price.as_ref(),
            category: item.category.as_deref(),
            product_id: item.product_id.as_deref(),
        })
    };
    let items: Vec<_> = items
        .iter()
        .flatten()
        .map(quirk)
        .collect::<Result<_, _>>()
        .map_err(serde::ser::Error::custom)?;
    items.serialize(serializer)
}
