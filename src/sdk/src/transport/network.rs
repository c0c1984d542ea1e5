//! The shop's network, as the app describes it: whom to trust, and through which proxy to go.

use mpac_pgw_wire::Trust;
use ureq::Proxy;
use ureq::http::Uri;

use crate::config::TerminalConfig;
use crate::error::TerminalError;

use super::address;

/// Whose certificates are believed.
pub(super) fn trust(config: &TerminalConfig) -> Result<Trust, TerminalError> {
    let extra = &config.extra_root_certificates;
    let pinned = &config.pinned_root_certificates;
    let (mut trust, field, certificates) = match (&extra[..], &pinned[..]) {
        (extra, []) => (Trust::bundled(), "extra_root_certificates", extra),
        ([], pinned) => (Trust::nobody(), "pinned_root_certificates", pinned),
        _ => {
            let reason = "must be empty where there are extra ones: only the pinned ones would be \
                          trusted";
            return Err(TerminalError::configuration(
                "pinned_root_certificates",
                reason,
            ));
        }
    };
    for certificate in certificates {
        trust.add(certificate).map_err(|_| {
            let reason = "must each be a certificate: an X.509 one in DER, or PEM text with a line \
                          `-----BEGIN CERTIFICATE-----`";
            TerminalError::configuration(field, reason)
        })?;
    }
    Ok(trust)
}

/// The proxy to go through. No reason repeats the URL, which may hold a password.
pub(super) fn proxy(config: &TerminalConfig) -> Result<Option<Proxy>, TerminalError> {
    let Some(url) = &config.proxy_url else {
        return Ok(None);
    };
    let refuse = |reason: &str| TerminalError::configuration("proxy_url", reason);
    let url = url.trim();
    let uri: Uri = url
        .parse()
        .map_err(|_| refuse("must be a URL, such as http://proxy.example:8080"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refuse("must begin with http:// or https://"));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || url.contains('#') {
        return Err(refuse("must have no path, no query string and no fragment"));
    }
    if let Some(authority) = uri.authority() {
        address::port(authority).map_err(refuse)?;
    }
    let is_usable = |proxy: &Proxy| !proxy.host().is_empty() && address::is_well_encoded(url);
    let proxy = Proxy::new(url).ok().filter(is_usable);
    let reason = "must name a host, and percent-encode its user name and password";
    proxy.map(Some).ok_or_else(|| refuse(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_proxy_is_refused_and_never_repeated() {
        let table = [
            ("http://proxy.example:8080", true),
            ("https://proxy.example", true),
            ("HTTP://10.0.0.1:3128/", true),
            (" http://user:pass%40word@proxy.example:8080\n", true),
            ("http://[::1]:3128", true),
            ("http://hunter2:hunter2@proxy.example/path", false),
            ("http://proxy.example?hunter2", false),
            ("http://user:hunter2@", false),
            ("http://user:hunter2%ff@proxy.example", false),
            ("socks5://user:hunter2@proxy.example", false),
            ("hunter2:8080", false),
            ("hunter2 x", false),
            ("http://proxy.example:99999", false),
            ("http://user:pass@proxy.example:0", false),
            ("http://user:hunter2@proxy.example:99999", false),
            ("http://user:hunter2%zz@proxy.example:80", false),
            ("http://user:hunter2%@proxy.example:80", false),
            ("http://proxy.example#hunter2", false),
            ("http://user@proxy.example:", true),
            ("", false),
        ];
        for (url, accepted) in table {
            let mut config = TerminalConfig::new("https://api.pgw.example", "unused");
            config.proxy_url = Some(url.into());
            let answer = proxy(&config);
            assert_eq!(answer.is_ok(), accepted, "{url}: {answer:?}");
            if let Err(error) = answer {
                assert!(error.to_string().contains("`proxy_url`"), "{error}");
                assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            }
        }
    }

    #[test]
    fn a_certificate_that_is_none_is_refused_by_the_fields_name() {
        let files: [&[u8]; 5] = [
            b"",
            b"no certificate",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\n",
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        ];
        for file in files {
            let mut config = TerminalConfig::new("https://api.pgw.example", "unused");
            config.extra_root_certificates = vec![file.to_vec()];
            let error = trust(&config).unwrap_err();
            assert!(error.to_string().contains("`extra_root_certificates`"));
            config.pinned_root_certificates = std::mem::take(&mut config.extra_root_certificates);
            let error = trust(&config).unwrap_err();
            assert!(error.to_string().contains("`pinned_root_certificates`"));
        }
    }
}
