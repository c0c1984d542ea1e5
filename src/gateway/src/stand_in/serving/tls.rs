//! A certificate of the stand-in's own making, for clients that speak HTTPS only, as PayPay's Node
//! SDK does.

use std::io;
use std::sync::{Arc, OnceLock};

use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Who the stand-in says it is, over TLS. Made when it is first needed, and another one each time
/// the gateway runs: there is no key on disk that anyone could lose.
pub(super) struct Identity {
    /// Beside this machine's own.
    name: Option<String>,
    made: OnceLock<Result<Made, String>>,
}

struct Made {
    acceptor: TlsAcceptor,
    ca_pem: String,
}

impl Identity {
    /// For this machine's own names, and the one in the public URL.
    pub(super) fn new(public_url: &str) -> Self {
        let uri: Option<Uri> = public_url.parse().ok();
        let host = uri.as_ref().and_then(Uri::host);
        Self {
            name: host.map(|host| host.trim_matches(['[', ']']).to_owned()),
            made: OnceLock::new(),
        }
    }

    pub(super) fn acceptor(&self) -> io::Result<&TlsAcceptor> {
        let made = self.made().map_err(io::Error::other)?;
        Ok(&made.acceptor)
    }

    /// `GET /ca.pem`: what a client has to trust.
    pub(super) fn download(&self) -> Response {
        match self.made() {
            Ok(made) => {
                let kind = "application/x-pem-file";
                ([(CONTENT_TYPE, kind)], made.ca_pem.clone()).into_response()
            }
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    fn made(&self) -> Result<&Made, String> {
        let made = self.made.get_or_init(|| {
            let made = make(self.name.as_deref());
            if let Err(error) = &made {
                log::error!("PayPay stand-in: no certificate: {error}");
            }
            made
        });
        made.as_ref().map_err(Clone::clone)
    }
}

fn make(name: Option<&str>) -> Result<Made, String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let mut authority = CertificateParams::default();
    let title = "mpac-gateway, for this run only";
    authority.distinguished_name.push(DnType::CommonName, title);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = KeyPair::generate().map_err(|error| failed(&error))?;
    let ca = authority
        .self_signed(&authority_key)
        .map_err(|error| failed(&error))?;

    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    names.extend(
        name.filter(|name| !names.iter().any(|own| own == name))
            .map(str::to_owned),
    );
    let mut server = CertificateParams::new(names).map_err(|error| failed(&error))?;
    server
        .distinguished_name
        .push(DnType::CommonName, "PayPay stand-in");
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(|error| failed(&error))?;
    let issuer = Issuer::new(authority, authority_key);
    let certificate = server
        .signed_by(&key, &issuer)
        .map_err(|error| failed(&error))?;

    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| failed(&error))?;
    Ok(Made {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        ca_pem: ca.pem(),
    })
}
