//! The card app's key, and what it signs: contract version 2.

use std::collections::BTreeMap;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mpac_pgw_sdk::{CardResult, SIGNED_CARD_CONTRACT_VERSION};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey};
use serde_json::Value;

/// A key of its own.
#[derive(Debug)]
pub struct CardKey(KeyPair);

impl CardKey {
    /// Makes one.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn generate() -> Result<Self> {
        Ok(Self(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?))
    }

    /// What a terminal is configured with.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.0.public_key_pem()
    }

    /// The JSON of a signed result.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn sign(&self, result: &CardResult) -> Result<String> {
        let result = CardResult {
            version: SIGNED_CARD_CONTRACT_VERSION,
            ..result.clone()
        };
        // Sorted, with nothing between.
        let mut members: BTreeMap<String, Value> = serde_json::from_str(&result.to_json())?;
        let signature = self.0.sign(serde_json::to_string(&members)?.as_bytes())?;
        let signature = BASE64_STANDARD.encode(signature);
        members.insert("signature".to_owned(), signature.into());
        Ok(serde_json::to_string(&members)?)
    }
}
