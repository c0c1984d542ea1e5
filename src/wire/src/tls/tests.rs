use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

use super::*;

/// The middle of 2026, and of years around it.
const TODAY: u64 = 1_782_000_000;
const YEAR: u64 = 365 * 86_400;

fn params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, host);
    params.not_before = date_time_ymd(2026, 1, 10);
    params.not_after = date_time_ymd(2027, 1, 10);
    params
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn signed(host: &str, by: &CertifiedIssuer<'static, KeyPair>) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    params(host).signed_by(&key, by).unwrap().der().clone()
}

fn itself(params: &CertificateParams) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    params.self_signed(&key).unwrap().der().clone()
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_apart() {
    let gateway = "gateway.example";
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let mut trust = Trust::nobody();
    trust.add(ours.pem().as_bytes()).unwrap();
    let (good, portal) = (signed(gateway, &ours), signed("portal.example", &ours));
    let forged = signed(gateway, &theirs);
    let foreign = signed("portal.example", &theirs);
    let mut router = params("router.example");
    router.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let nobody = Vec::new();
    let chain = vec![theirs.der().clone()];
    let table = [
        ("good", &good, &nobody, TODAY, None),
        ("1970", &good, &nobody, 0, Some(TlsFault::ClockWrong)),
        (
            "too early",
            &good,
            &nobody,
            TODAY - YEAR,
            Some(TlsFault::ClockWrong),
        ),
        (
            "too late",
            &good,
            &nobody,
            TODAY + YEAR,
            Some(TlsFault::Expired),
        ),
        (
            "2060",
            &good,
            &nobody,
            TODAY + 34 * YEAR,
            Some(TlsFault::ClockWrong),
        ),
        (
            "another host",
            &portal,
            &nobody,
            TODAY,
            Some(TlsFault::OtherHost),
        ),
        (
            "expired, another host",
            &portal,
            &nobody,
            TODAY + YEAR,
            Some(TlsFault::OtherHost),
        ),
        ("forged", &forged, &chain, TODAY, Some(TlsFault::Untrusted)),
        (
            "no intermediate",
            &forged,
            &nobody,
            TODAY,
            Some(TlsFault::Untrusted),
        ),
        (
            "a portal's",
            &foreign,
            &chain,
            TODAY,
            Some(TlsFault::SelfSigned),
        ),
        (
            "self-signed",
            &itself(&params(gateway)),
            &nobody,
            TODAY,
            Some(TlsFault::SelfSigned),
        ),
        (
            "a router's",
            &itself(&router),
            &nobody,
            TODAY,
            Some(TlsFault::SelfSigned),
        ),
        (
            "garbage",
            &CertificateDer::from(vec![1]),
            &nobody,
            TODAY,
            Some(TlsFault::Untrusted),
        ),
    ];
    let checks = Checks::new(trust, &Arc::new(ring::default_provider()));
    let host = ServerName::try_from(gateway).unwrap();
    for (what, certificate, chain, now, expected) in table {
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now));
        let checked = checks.verify_server_cert(certificate, chain, &host, &[], now);
        let fault = checked.err().and_then(|error| tls_fault(&fault_of(error)));
        assert_eq!(fault, expected, "{what}");
    }
}

#[test]
fn whoever_believes_nobody_has_no_connection() {
    let checks = Checks::new(Trust::nobody(), &Arc::new(ring::default_provider()));
    let host = ServerName::try_from("gateway.example").unwrap();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(TODAY));
    let good = signed("gateway.example", &authority("ours"));
    assert!(
        checks
            .verify_server_cert(&good, &[], &host, &[], now)
            .is_err()
    );
}

#[test]
fn certificates_are_read_in_either_form() {
    let (one, two) = (authority("one"), authority("two"));
    let key = KeyPair::generate().unwrap().serialize_pem();
    let both = format!("Our authorities:\n{}{key}{}", one.pem(), two.pem());
    let table = [
        (one.der().to_vec(), 1),
        (one.pem().into_bytes(), 1),
        (both.replace('\n', "\r\n").into_bytes(), 2),
        (both.clone().into_bytes(), 2),
    ];
    for (file, count) in table {
        let mut trust = Trust::nobody();
        trust.add(&file).unwrap();
        assert_eq!(trust.0.len(), count);
    }
    let cut = &one.der()[..100];
    for file in [b"", cut, key.as_bytes(), &both.as_bytes()[..200]] {
        assert_eq!(Trust::nobody().add(file), Err(NoCertificate));
    }
}
