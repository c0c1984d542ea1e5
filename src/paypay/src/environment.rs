use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ureq::http::Uri;

/// Which PayPay to talk to. Each has API keys of its own.
///
/// ```
/// use paypay_opa::Environment;
///
/// let sandbox: Environment = "sandbox".parse()?;
/// assert_eq!(sandbox.to_string(), "https://apigw.sandbox.paypay.ne.jp");
/// // A server that stands in for PayPay, on this machine.
/// let local: Environment = "http://127.0.0.1:4243".parse()?;
/// # Ok::<(), paypay_opa::EnvironmentError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Environment {
    /// For trying out: no real money.
    Sandbox,
    /// Real money. PayPay also wants to know the address that the requests come from.
    Production,
    /// Any other server that speaks the API.
    Custom(BaseUrl),
}

impl Environment {
    /// The server's address, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        match self {
            Self::Sandbox => "https://apigw.sandbox.paypay.ne.jp",
            Self::Production => "https://apigw.paypay.ne.jp",
            Self::Custom(url) => &url.0,
        }
    }
}

impl FromStr for Environment {
    type Err = EnvironmentError;

    /// Reads `sandbox`, `production` or the address of a server.
    fn from_str(text: &str) -> Result<Self, EnvironmentError> {
        match text {
            "sandbox" => Ok(Self::Sandbox),
            "production" => Ok(Self::Production),
            url => url.parse().map(Self::Custom),
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base_url())
    }
}

/// The checked address of a server: https, or http on this very machine; a host and perhaps a port,
/// nothing else. A path in front of PayPay's would be signed by one side and not by the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl FromStr for BaseUrl {
    type Err = EnvironmentError;

    fn from_str(url: &str) -> Result<Self, EnvironmentError> {
        let uri: Uri = url.parse().map_err(|_| EnvironmentError::NotAUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(EnvironmentError::NotAUrl);
        };
        if authority.as_str().contains('@') {
            return Err(EnvironmentError::User);
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(EnvironmentError::Path);
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(authority.host()) => {}
            "http" => return Err(EnvironmentError::Cleartext),
            _ => return Err(EnvironmentError::NotAUrl),
        }
        Ok(Self(format!("{scheme}://{authority}")))
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Why an address cannot be used. It does not repeat the address, which might hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// Neither a name nor an address.
    #[error(
        "the environment must be `sandbox`, `production` or a URL such as http://127.0.0.1:4243"
    )]
    NotAUrl,
    /// Money in the clear, over a network.
    #[error("the URL must begin with https://; http:// is for this very machine")]
    Cleartext,
    /// More than host and port.
    #[error("the URL must end after host and port: paths are signed as PayPay has them")]
    Path,
    /// A user name or a password.
    #[error("the URL must not hold a user name or a password")]
    User,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_reached_without_tls() {
        use EnvironmentError::{Cleartext, NotAUrl, Path, User};
        let table = [
            ("https://opa.example", Ok("https://opa.example")),
            ("https://opa.example:8443/", Ok("https://opa.example:8443")),
            ("http://127.0.0.1:4243", Ok("http://127.0.0.1:4243")),
            ("http://localhost:4243/", Ok("http://localhost:4243")),
            ("http://[::1]:4243", Ok("http://[::1]:4243")),
            ("http://192.168.0.10", Err(Cleartext)),
            ("http://localhost.evil.example", Err(Cleartext)),
            ("http://127.0.0.1.evil.example", Err(Cleartext)),
            ("https://opa.example/v2", Err(Path)),
            ("https://opa.example/?a=b", Err(Path)),
            ("https://user:password@opa.example", Err(User)),
            ("ftp://127.0.0.1", Err(NotAUrl)),
            ("opa.example", Err(NotAUrl)),
            ("Sandbox", Err(NotAUrl)),
            ("", Err(NotAUrl)),
        ];
        for (text, expected) in table {
            let read = text.parse::<Environment>();
            let url = read
                .as_ref()
                .map(Environment::base_url)
                .map_err(|error| *error);
            assert_eq!(url, expected, "{text}");
        }
    }

    #[test]
    fn paypays_own_servers_are_known_by_name() {
        assert_eq!("sandbox".parse(), Ok(Environment::Sandbox));
        assert_eq!("production".parse(), Ok(Environment::Production));
    }
}
