use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use mpac_pgw_protocol::MerchantId;
use mpac_pgw_protocol::signing::SecretKey;
use paypay_opa::{Credentials, Environment};

use crate::clock::Clock;
use crate::stand_in::{self, PayPaySettings};
use crate::store::counterpart;

/// Where a gateway listens, what it keeps, and for whom.
///
/// The default is what a test wants: a free port on loopback, nothing kept, the test merchant.
///
/// ```
/// use mpac_gateway::{GatewayConfig, StoreLocation};
///
/// let config = GatewayConfig::default().store(StoreLocation::File("shop.db".into()));
/// assert!(config.listen.ip().is_loopback());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where payments are kept.
    pub store: StoreLocation,
    /// Who may sign requests.
    pub merchants: Vec<Merchant>,
    /// The gateway's time.
    pub clock: Clock,
    /// The PayPay stand-in.
    pub paypay: PayPayConfig,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store: StoreLocation::Ephemeral,
            merchants: vec![Merchant::test()],
            clock: Clock::system(),
            paypay: PayPayConfig::default(),
        }
    }
}

impl GatewayConfig {
    /// Sets the address and port.
    #[must_use]
    pub fn listen(mut self, listen: SocketAddr) -> Self {
        self.listen = listen;
        self
    }

    /// Sets where payments are kept.
    #[must_use]
    pub fn store(mut self, store: StoreLocation) -> Self {
        self.store = store;
        self
    }

    /// Replaces the test merchant.
    #[must_use]
    pub fn merchants(mut self, merchants: impl IntoIterator<Item = Merchant>) -> Self {
        self.merchants = merchants.into_iter().collect();
        self
    }

    /// Sets the clock. Keep a clone, to move it.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how the PayPay stand-in is served and behaves.
    #[must_use]
    pub fn paypay(mut self, paypay: PayPayConfig) -> Self {
        self.paypay = paypay;
        self
    }

    /// Where the PayPay stand-in is to listen.
    pub(crate) fn paypay_listen(&self) -> SocketAddr {
        self.paypay.listen.unwrap_or_else(|| {
            // Where the gateway takes a free port, so does PayPay; after the last port is the first.
            let port = match self.listen.port() {
                0 => 0,
                port => port.checked_add(1).unwrap_or(0),
            };
            SocketAddr::from((Ipv4Addr::LOCALHOST, port))
        })
    }
}

/// How the PayPay stand-in is served and behaves, or which account at PayPay takes its place.
///
/// The stand-in speaks PayPay's Open Payment API over HTTP and HTTPS, for one merchant, whose
/// credentials are constants here.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PayPayConfig {
    /// Where it listens [default: loopback, one port after the gateway's, or a free one when the
    /// gateway takes a free one].
    pub listen: Option<SocketAddr>,
    /// What the addresses in its QR codes begin with, so that a phone can open them
    /// [default: where it listens].
    pub public_url: Option<String>,
    /// What PayPay's documents leave open.
    pub settings: PayPaySettings,
    /// An account at PayPay, to speak to PayPay itself and serve no stand-in.
    pub account: Option<PayPayAccount>,
}

/// A merchant's account at PayPay.
///
/// ```
/// use mpac_gateway::{PayPayAccount, PayPayConfig};
/// use paypay_opa::{Credentials, Environment};
///
/// let account = PayPayAccount {
///     environment: Environment::Sandbox,
///     credentials: Credentials::new("an_api_key", "an_api_secret")?,
///     merchant: None,
/// };
/// let config = PayPayConfig::default().account(account);
/// # Ok::<(), paypay_opa::CredentialsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PayPayAccount {
    /// Sandbox or production.
    pub environment: Environment,
    /// The API key and secret of that environment. Their `Debug` shows no secret.
    pub credentials: Credentials,
    /// The merchant, where the key is good for more than one.
    pub merchant: Option<paypay_opa::types::MerchantId>,
}

impl PayPayConfig {
    /// The stand-in's API key.
    pub const API_KEY: &str = stand_in::API_KEY;
    /// The stand-in's API secret. It protects nothing.
    pub const API_SECRET: &str = stand_in::API_SECRET;
    /// The merchant at the stand-in.
    pub const MERCHANT_ID: &str = stand_in::MERCHANT_ID;

    /// Sets where it listens.
    #[must_use]
    pub fn listen(mut self, listen: SocketAddr) -> Self {
        self.listen = Some(listen);
        self
    }

    /// Sets what the addresses in its QR codes begin with.
    #[must_use]
    pub fn public_url(mut self, public_url: impl Into<String>) -> Self {
        self.public_url = Some(public_url.into());
        self
    }

    /// Which PayPay it is, by the name that a database remembers.
    pub(crate) fn name(&self) -> String {
        self.account.as_ref().map_or_else(
            || counterpart::STAND_IN.to_owned(),
            |PayPayAccount {
                 environment,
                 credentials,
                 ..
             }| { format!("{environment} with the API key {}", credentials.api_key) },
        )
    }

    /// Sets the account at PayPay itself.
    #[must_use]
    pub fn account(mut self, account: PayPayAccount) -> Self {
        self.account = Some(account);
        self
    }

    /// Sets what PayPay's documents leave open.
    #[must_use]
    pub fn settings(mut self, settings: PayPaySettings) -> Self {
        self.settings = settings;
        self
    }
}

/// Where payments are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// In an SQLite file. An acknowledged write survives `kill -9`.
    File(PathBuf),
    /// In memory, gone when the gateway stops.
    Ephemeral,
}

/// One merchant and the key that its requests are signed with.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// As it stands in the `Authorization` header.
    pub id: MerchantId,
    /// The key, shown by no `Debug`.
    pub secret: SecretKey,
}

impl Merchant {
    /// The id of [`Merchant::test`].
    pub const TEST_ID: &str = "test_merchant";
    /// The key of [`Merchant::test`]. It protects nothing.
    pub const TEST_SECRET: &str = "sk_test_local_gateway_only";

    /// The merchant of a gateway that was told of no other.
    #[must_use]
    pub fn test() -> Self {
        // Checked by a test below.
        #[allow(clippy::expect_used)]
        let id = Self::TEST_ID
            .parse()
            .expect("the test merchant's id is well-formed");
        Self {
            id,
            secret: SecretKey::new(Self::TEST_SECRET),
        }
    }
}

impl FromStr for Merchant {
    type Err = MerchantError;

    /// Reads `ID:SECRET`.
    fn from_str(text: &str) -> Result<Self, MerchantError> {
        let (id, secret) = text.split_once(':').ok_or(MerchantError::Form)?;
        if secret.is_empty() {
            return Err(MerchantError::NoSecret);
        }
        let id = id.parse().map_err(|_| MerchantError::Id)?;
        Ok(Self {
            id,
            secret: SecretKey::new(secret),
        })
    }
}

/// Why a text is not a [`Merchant`]. The text is not repeated: it may hold a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MerchantError {
    /// No colon.
    #[error("a merchant is written ID:SECRET, for example test_merchant:sk_test_1")]
    Form,
    /// Characters that no merchant id has.
    #[error("the merchant id, before the colon, must be letters, digits, `-`, `_` or `.`")]
    Id,
    /// Nothing after the colon.
    #[error("the secret, after the colon, is empty")]
    NoSecret,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merchants_are_read_or_refused() {
        let merchant: Merchant = "shop_1:sk:with:colons".parse().unwrap();
        assert_eq!(merchant.id.as_str(), "shop_1");
        assert_eq!(merchant.secret.expose(), "sk:with:colons");
        assert!(!format!("{merchant:?}").contains("colons"));
        for (text, error) in [
            ("shop_1", MerchantError::Form),
            ("", MerchantError::Form),
            (":sk", MerchantError::Id),
            ("a b:sk", MerchantError::Id),
            ("shop_1:", MerchantError::NoSecret),
        ] {
            assert_eq!(text.parse::<Merchant>().unwrap_err(), error, "{text}");
        }
        assert_eq!(Merchant::test().id.as_str(), Merchant::TEST_ID);
    }
}
