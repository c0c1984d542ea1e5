//! TLS, and which certificates are believed. What is wrong with a refused one is told apart, as the
//! people at the till can do something different about each.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor, verify_server_name,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct,
    OtherError, RootCertStore, SignatureScheme, StreamOwned,
};
use ureq::Error;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

/// The start of 2026. A clock that shows less stands still or has lost its battery: this crate is
/// younger.
const OLDEST: u64 = 1_767_225_600;
/// The start of 2051, when no authority that is bundled here is valid any more.
const NEWEST: u64 = 2_556_144_000;

/// The certificate authorities that are believed.
#[derive(Debug, Clone)]
pub struct Trust(RootCertStore);

impl Trust {
    /// The public ones, as Mozilla listed them when this crate was built.
    #[must_use]
    pub fn bundled() -> Self {
        Self(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        })
    }

    /// None yet.
    #[must_use]
    pub fn nobody() -> Self {
        Self(RootCertStore::empty())
    }

    /// Believes one more: a certificate in DER, or all in a PEM text.
    ///
    /// # Errors
    /// When there is no certificate in it, or one that cannot be read. Some may be believed already.
    pub fn add(&mut self, certificates: &[u8]) -> Result<(), NoCertificate> {
        let marker = b"-----BEGIN ";
        if !certificates
            .windows(marker.len())
            .any(|part| part == marker)
        {
            let der = CertificateDer::from(certificates);
            return self.0.add(der).map_err(|_| NoCertificate);
        }
        let before = self.0.len();
        for certificate in CertificateDer::pem_slice_iter(certificates) {
            let der = certificate.map_err(|_| NoCertificate)?;
            self.0.add(der).map_err(|_| NoCertificate)?;
        }
        match self.0.len() > before {
            true => Ok(()),
            false => Err(NoCertificate),
        }
    }
}

/// There is no certificate in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCertificate;

/// Why there is no secure connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// By this machine's clock the certificate is not valid yet, or the clock shows a year that it
    /// cannot be.
    ClockWrong,
    /// The certificate has expired.
    Expired,
    /// The certificate is good, and another host's.
    OtherHost,
    /// The certificate vouches for itself, or nobody known does and it is not even for this host.
    SelfSigned,
    /// Nobody who is believed vouches for it: the authority is unknown, or the server does not send
    /// the certificates in between. Or it cannot be used for another reason.
    Untrusted,
    /// The two sides have no version or cipher in common, or the other one does not follow TLS.
    Handshake,
    /// What answers does not speak TLS.
    NotTls,
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no secure connection")
    }
}

impl std::error::Error for TlsFault {}

/// Why there was no secure connection, if that is what the error is about.
#[must_use]
pub fn tls_fault(error: &Error) -> Option<TlsFault> {
    match error {
        Error::Other(error) => error.downcast_ref().copied(),
        _ => None,
    }
}

/// The connector that adds TLS where the address asks for it.
pub(crate) struct Tls(Option<Arc<ClientConfig>>);

impl Tls {
    pub(crate) fn new(trust: Trust) -> Self {
        let provider = Arc::new(ring::default_provider());
        let checks = Arc::new(Checks::new(trust, &provider));
        let builder = ClientConfig::builder_with_provider(provider);
        // It cannot fail: ring speaks both TLS 1.2 and 1.3.
        let builder = builder.with_safe_default_protocol_versions().ok();
        Self(builder.map(|builder| {
            let builder = builder.dangerous();
            let builder = builder.with_custom_certificate_verifier(checks);
            Arc::new(builder.with_no_client_auth())
        }))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, Secured>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let secured = self.secure(details, transport.boxed())?;
        Ok(Some(Either::B(secured)))
    }
}

impl Tls {
    fn secure(
        &self,
        details: &ConnectionDetails<'_>,
        transport: Box<dyn Transport>,
    ) -> Result<Secured, Error> {
        let host = details.uri.host().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|_| Error::Tls("no certificate can be for such a host"))?;
        let config = self.0.clone().ok_or(Error::TlsRequired)?;
        let mut conn = ClientConnection::new(config, name).map_err(fault_of)?;
        let mut sock = TransportAdapter::new(transport, details.current_time.clone());
        sock.set_timeout(left(details));
        if let Err(error) = conn.complete_io(&mut sock) {
            return Err(match error.downcast::<rustls::Error>() {
                Ok(error) => fault_of(error),
                Err(error) => error.into(),
            });
        }
        let config = details.config;
        Ok(Secured {
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            stream: StreamOwned::new(conn, sock),
        })
    }
}

/// What is left of the time to connect.
fn left(details: &ConnectionDetails<'_>) -> NextTimeout {
    let mut timeout = details.timeout;
    let now = (details.current_time)();
    if let (Duration::Exact(after), Instant::Exact(began), Instant::Exact(now)) =
        (timeout.after, details.now, now)
    {
        let spent = now.saturating_duration_since(began);
        timeout.after = Duration::Exact(after.saturating_sub(spent));
    }
    timeout
}

fn fault_of(error: rustls::Error) -> Error {
    let fault = match &error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(fault))) => {
            fault.downcast_ref().copied()
        }
        rustls::Error::InvalidMessage(_) => Some(TlsFault::NotTls),
        // The server's own trouble, which passes.
        rustls::Error::AlertReceived(
            AlertDescription::InternalError | AlertDescription::UserCanceled,
        ) => return Error::ConnectionFailed,
        _ => None,
    };
    Error::Other(Box::new(fault.unwrap_or(TlsFault::Handshake)))
}

/// A connection over TLS.
pub(crate) struct Secured {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured")
    }
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        let output = &self.buffers.output()[..amount];
        Ok(self.stream.write_all(output)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// The usual checks of a certificate, and what it means when one fails.
#[derive(Debug)]
struct Checks {
    /// `None` where nobody is believed.
    usual: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Checks {
    fn new(trust: Trust, provider: &Arc<CryptoProvider>) -> Self {
        let roots = Arc::new(trust.0);
        let usual = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
        Self {
            usual: usual.build().ok(),
            provider: provider.clone(),
        }
    }

    fn fault(
        &self,
        error: &rustls::Error,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        now: UnixTime,
    ) -> TlsFault {
        let rustls::Error::InvalidCertificate(error) = error else {
            return TlsFault::Untrusted;
        };
        let is_possible = (OLDEST..NEWEST).contains(&now.as_secs());
        let (is_expired, is_unknown) = match error {
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                return TlsFault::ClockWrong;
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                if !is_possible {
                    return TlsFault::ClockWrong;
                }
                (true, false)
            }
            CertificateError::UnknownIssuer => (false, true),
            // An authority's own certificate in place of a server's, mostly.
            CertificateError::Other(_) => (false, intermediates.is_empty()),
            _ => (false, false),
        };
        let Ok(certificate) = ParsedCertificate::try_from(end_entity) else {
            return TlsFault::Untrusted;
        };
        let is_other_host = verify_server_name(&certificate, host).is_err();
        let vouches_for_itself = || {
            let mut itself = RootCertStore::empty();
            let algorithms = self.provider.signature_verification_algorithms.all;
            itself.add(end_entity.clone()).is_ok()
                && !matches!(
                    verify_server_cert_signed_by_trust_anchor(
                        &certificate,
                        &itself,
                        &[],
                        now,
                        algorithms,
                    ),
                    Err(rustls::Error::InvalidCertificate(
                        CertificateError::UnknownIssuer
                    ))
                )
        };
        if is_unknown && (is_other_host || vouches_for_itself()) {
            TlsFault::SelfSigned
        } else if is_other_host {
            TlsFault::OtherHost
        } else if is_expired {
            TlsFault::Expired
        } else {
            TlsFault::Untrusted
        }
    }
}

impl ServerCertVerifier for Checks {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = Err(CertificateError::UnknownIssuer.into());
        let checked = self.usual.as_ref().map_or(unknown, |usual| {
            usual.verify_server_cert(end_entity, intermediates, host, ocsp_response, now)
        });
        checked.map_err(|error| {
            let fault = self.fault(&error, end_entity, intermediates, host, now);
            CertificateError::Other(OtherError(Arc::new(fault))).into()
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
