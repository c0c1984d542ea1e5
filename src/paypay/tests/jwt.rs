//! The account-link response token, against one that PayPay's Node SDK accepts.

#![allow(clippy::unwrap_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use paypay_opa::Secret;
use paypay_opa::jwt::{self, JwtError, LinkResult, ResponseClaims};
use proptest::prelude::*;
use sha2::{Sha256, Sha512};

const SECRET: &str = "dGVzdF9zZWNyZXRfMDEyMzQ1Njc4OWFiY2RlZg==";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJNMTIzIiwiaXNzIjoicGF5cGF5Lm5lLmpwIiwiZXhwIjo0MTAyNDQ0ODAwLCJyZXN1bHQiOiJzdWNjZWVkZWQiLCJwcm9maWxlSWRlbnRpZmllciI6IioqKioqKio1Njc4Iiwibm9uY2UiOiJuLTAwMDEiLCJ1c2VyQXV0aG9yaXphdGlvbklkIjoidWEtMDAwMSIsInJlZmVyZW5jZUlkIjoicmVmLTAwMDEifQ.RPD5a1FbC8lYTgWmDdct3avt70dszCguFQDYsUrvG5w";
const EXP: i64 = 4_102_444_800;
const NOW: i64 = 1_700_000_000;

fn secret() -> Secret {
    Secret::new(SECRET)
}

fn claims_of_the_token() -> ResponseClaims {
    let mut claims = ResponseClaims::new(LinkResult::Succeeded, "n-0001", EXP);
    claims.aud = Some("M123".into());
    claims.profile_identifier = Some("*******5678".into());
    claims.user_authorization_id = Some("ua-0001".parse().unwrap());
    claims.reference_id = Some("ref-0001".into());
    claims
}

/// Signs any header and any claims with HMAC-SHA256 and any key.
fn token(header: &str, claims: &str, key: &[u8]) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

fn key() -> Vec<u8> {
    STANDARD.decode(SECRET).unwrap()
}

#[test]
fn the_vector_is_read() {
    let claims = jwt::validate(TOKEN, &secret(), "n-0001", NOW);
    assert_eq!(claims, Ok(claims_of_the_token()));
}

#[test]
fn the_vector_is_made_byte_for_byte() {
    assert_eq!(
        jwt::encode(&claims_of_the_token(), &secret()),
        Ok(TOKEN.to_owned())
    );
}

#[test]
fn a_token_is_good_until_its_last_second() {
    let validate = |now| jwt::validate(TOKEN, &secret(), "n-0001", now);
    assert!(validate(EXP - 1).is_ok());
    assert_eq!(validate(EXP), Err(JwtError::Expired));
    assert_eq!(validate(EXP + 1), Err(JwtError::Expired));
}

#[test]
fn a_token_of_another_request_is_refused() {
    for nonce in ["n-0002", "n-000", "n-00011", ""] {
        let answer = jwt::validate(TOKEN, &secret(), nonce, NOW);
        assert_eq!(answer, Err(JwtError::Nonce), "{nonce}");
    }
}

#[test]
fn nothing_but_hs256_with_the_decoded_secret_is_believed() {
    let header = r#"{"typ":"JWT","alg":"HS256"}"#;
    let claims = r#"{"result":"succeeded","exp":4102444800,"nonce":"n-0001"}"#;
    // The order of a real token's header is another than ours.
    assert!(jwt::validate(&token(header, claims, &key()), &secret(), "n-0001", NOW).is_ok());

    let (signed, _) = TOKEN.rsplit_once('.').unwrap();
    let hs512_header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS512","typ":"JWT"}"#);
    let hs512_signed = format!("{hs512_header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let mut hs512 = Hmac::<Sha512>::new_from_slice(&key()).unwrap();
    hs512.update(hs512_signed.as_bytes());
    let hs512 = URL_SAFE_NO_PAD.encode(hs512.finalize().into_bytes());
    let none = token(r#"{"alg":"none"}"#, claims, &key());
    let (none, _) = none.rsplit_once('.').unwrap();

    let table = [
        (
            "raw secret",
            token(header, claims, SECRET.as_bytes()),
            JwtError::Signature,
        ),
        ("empty key", token(header, claims, b""), JwtError::Signature),
        (
            "HS512",
            format!("{hs512_signed}.{hs512}"),
            JwtError::Algorithm,
        ),
        ("none", format!("{none}."), JwtError::Algorithm),
        (
            "lower case",
            token(r#"{"alg":"hs256"}"#, claims, &key()),
            JwtError::Algorithm,
        ),
        (
            "extension",
            token(r#"{"alg":"HS256","crit":["b64"]}"#, claims, &key()),
            JwtError::Algorithm,
        ),
        ("no signature", format!("{signed}."), JwtError::Signature),
        ("two parts", signed.to_owned(), JwtError::Malformed),
        ("four parts", format!("{TOKEN}.x"), JwtError::Malformed),
        ("padded", format!("{TOKEN}="), JwtError::Malformed),
        ("no header", token("", claims, &key()), JwtError::Malformed),
        ("nothing", String::new(), JwtError::Malformed),
        ("huge", "a".repeat(20_000), JwtError::Malformed),
    ];
    for (what, token, expected) in table {
        let answer = jwt::validate(&token, &secret(), "n-0001", NOW);
        assert_eq!(answer, Err(expected), "{what}");
    }
}

#[test]
fn expiry_result_and_nonce_are_required() {
    for claims in [
        "",
        "[]",
        r#"{"result":"succeeded","nonce":"n-0001"}"#,
        r#"{"exp":4102444800,"nonce":"n-0001"}"#,
        r#"{"result":"succeeded","exp":4102444800}"#,
        r#"{"result":"succeeded","exp":"4102444800","nonce":"n-0001"}"#,
    ] {
        let token = token(r#"{"alg":"HS256"}"#, claims, &key());
        let answer = jwt::validate(&token, &secret(), "n-0001", NOW);
        assert_eq!(answer, Err(JwtError::Claims), "{claims}");
    }
}

#[test]
fn a_customer_who_declined_has_no_authorization() {
    let claims = ResponseClaims::new(LinkResult::Declined, "n-0001", EXP);
    let token = jwt::encode(&claims, &secret()).unwrap();
    let received = jwt::validate(&token, &secret(), "n-0001", NOW).unwrap();
    assert_eq!(received.result, LinkResult::Declined);
    assert_eq!(received.user_authorization_id, None);
}

#[test]
fn a_secret_that_is_not_base64_is_named_and_not_shown() {
    let error = jwt::validate(TOKEN, &Secret::new("not base64!"), "n-0001", NOW).unwrap_err();
    assert_eq!(error, JwtError::Secret);
    assert!(!error.to_string().contains("not base64!"));
    assert!(!format!("{:?}", claims_of_the_token()).contains("5678"));
}

proptest! {
    #[test]
    fn a_token_with_any_byte_changed_is_refused(
        at in 0..TOKEN.len(), letter in "[A-Za-z0-9._=-]",
    ) {
        let mut changed = TOKEN.to_owned();
        changed.replace_range(at..=at, &letter);
        prop_assume!(changed != TOKEN);
        prop_assert!(jwt::validate(&changed, &secret(), "n-0001", NOW).is_err());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        prop_assert!(jwt::validate(&text, &secret(), "n-0001", NOW).is_err());
    }
}
