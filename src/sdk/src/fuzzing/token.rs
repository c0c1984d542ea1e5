use mpac_pgw_protocol::PaymentToken;

use super::{assert_survives_json, requests};
use crate::exchange::Request;

/// A payment token, as an app passes it and as JSON holds it.
pub fn payment_token(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let parsed = text.parse::<PaymentToken>();
    let json = serde_json::Value::from(text).to_string();
    let from_json = serde_json::from_str::<PaymentToken>(&json);
    assert_eq!(parsed.as_ref().ok(), from_json.as_ref().ok());
    let (Ok(token), Ok(_)) = (&parsed, &from_json) else {
        // What was refused may be a token with a typo: no error depends on it.
        let none = "".parse::<PaymentToken>();
        assert_eq!(format!("{parsed:?}"), format!("{none:?}"));
        let none = serde_json::from_str::<PaymentToken>("\"\"");
        let words = |result: serde_json::Result<PaymentToken>| {
            let words = result.err()?.to_string();
            Some(words.split(" at line ").next()?.to_owned())
        };
        assert_eq!(words(from_json), words(none));
        return false;
    };
    assert_eq!(token.expose(), text);
    assert_eq!(
        format!("{token:?} {token:#?}"),
        "PaymentToken(..) PaymentToken(..)"
    );
    assert_survives_json(token);

    let id = token.payment_intent_id();
    let secret = text.strip_prefix(&format!("{id}_secret_"));
    let rebuilt = secret.and_then(|secret| PaymentToken::new(id, secret).ok());
    assert_eq!(rebuilt.as_ref(), Some(token));

    for request in requests(token) {
        let path = request.to_http().path;
        let expected = match request {
            Request::Retrieve { .. } => format!("?payment_token={text}"),
            Request::Confirm { .. } => "/confirm".to_owned(),
            Request::Cancel { .. } => "/cancel".to_owned(),
        };
        assert_eq!(path, format!("/v1/payment_intents/{id}{expected}"));
        // It stands in a URL without any escape.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_?=".contains(&byte);
        assert!(path.bytes().all(is_plain), "{path}");
        assert!(!format!("{request:?}").contains(text));
    }
    true
}
