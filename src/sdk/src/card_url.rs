//! The hand-off to MPACCreditCard by URL, for iOS, as the x-callback-url convention has it.
//!
//! The request goes out as `mpaccreditcard://x-callback-url/pay?request=…&x-success=…`, and the
//! result comes back in the parameter `result` of the app's own URL. Both hold the JSON of the
//! contract in base64url. One address serves as `x-success`, `x-cancel` and `x-error`: what
//! happened is in the result, and nothing but a result may say that a card was not charged.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mpac_pgw_protocol::reading::UnreadableField;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::card::{CardRequest, CardResult};
use crate::error::{CardResultRefusal, TerminalError};

/// Where MPACCreditCard listens.
const CARD_APP: &str = "mpaccreditcard://x-callback-url/pay";

/// The parameter of the app's own URL that holds the result.
const RESULT: &str = "result";

/// The longest callback: more than any operating system's registered link.
const MAX_CALLBACK_BYTES: usize = 2 * 1024;

/// Base64url is written without padding, and read with or without.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl CardRequest {
    /// The URL that opens MPACCreditCard with this request. It holds the nonce: keep it out of
    /// logs.
    ///
    /// # Errors
    /// [`TerminalError::InvalidArgument`] when `callback` is not a URL that the card app can
    /// return to.
    pub fn to_url(&self, callback: &str) -> Result<String, TerminalError> {
        check_callback(callback)?;
        let request = BASE64URL.encode(self.to_json());
        let callback = utf8_percent_encode(callback, RESERVED);
        Ok(format!(
            "{CARD_APP}?request={request}&x-success={callback}&x-cancel={callback}&x-error={callback}"
        ))
    }
}

impl CardResult {
    /// Reads the URL that the card app opened to return.
    ///
    /// # Errors
    /// [`CardResultRefusal::Malformed`] or [`CardResultRefusal::UnsupportedVersion`].
    pub fn from_url(url: &str) -> Result<Self, CardResultRefusal> {
        let mut results = parameters(url).filter(|(name, _)| is_result(name));
        // Of two results each reader might take another one.
        let (Some((_, result)), None) = (results.next(), results.next()) else {
            return Err(UnreadableField::new(RESULT).into());
        };
        let json = from_base64(percent_decode_str(result));
        let json = json.ok_or(UnreadableField::new(RESULT))?;
        // A needed member that is no text is refused by its name.
        Self::from_json(&String::from_utf8_lossy(&json))
    }

    /// The URL that returns this result to `callback`, as the card app builds it.
    ///
    /// # Errors
    /// [`TerminalError::InvalidArgument`] when `callback` cannot be returned to.
    pub fn to_url(&self, callback: &str) -> Result<String, TerminalError> {
        check_callback(callback)?;
        let separator = if callback.contains('?') { '&' } else { '?' };
        let result = BASE64URL.encode(self.to_json());
        Ok(format!("{callback}{separator}{RESULT}={result}"))
    }
}

/// Reads base64. Some libraries write the other alphabet, or break lines.
pub(crate) fn from_base64(text: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let url_safe = |byte| match byte {
        b'+' | b' ' => b'-',
        b'/' => b'_',
        other => other,
    };
    let base64: Vec<u8> = text
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .map(url_safe)
        .collect();
    BASE64URL.decode(base64).ok()
}

/// Checks the app's own URL. The reasons don't repeat it: it may hold the app's secrets.
fn check_callback(callback: &str) -> Result<(), TerminalError> {
    let refuse = |reason: &str| Err(TerminalError::argument("callback", reason));
    if callback.len() > MAX_CALLBACK_BYTES {
        return refuse("must be at most 2048 bytes long");
    }
    if !callback.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("must be ASCII without spaces; percent-encode the rest");
    }
    let Some((scheme, rest)) = callback.split_once("://") else {
        return refuse("must be the app's own URL, such as myapp://mpac-card-result");
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme || rest.is_empty() {
        return refuse("must be the app's own URL, such as myapp://mpac-card-result");
    }
    if scheme.eq_ignore_ascii_case("http") {
        return refuse("must be the app's own scheme, or a universal link, which is https://");
    }
    if callback.contains('#') {
        return refuse("must not have a fragment: the result is added at the end");
    }
    if parameters(callback).any(|(name, _)| is_result(name)) {
        return refuse("must not have a parameter `result`: the card app adds it");
    }
    Ok(())
}

/// The parameters of a URL's query, still encoded.
fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let (address, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let (_, query) = address.split_once('?').unwrap_or((address, ""));
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn is_result(name: &str) -> bool {
    percent_decode_str(name).eq(RESULT.bytes())
}

#[cfg(test)]
mod tests {
    use mpac_pgw_protocol::{Amount, Currency, Timestamp};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn card_request_to_url(request: &CardRequest, callback: &str) -> Result<String, TerminalError> {
        request.to_url(callback)
    }

    fn card_result_from_url(url: &str) -> Result<CardResult, TerminalError> {
        Ok(CardResult::from_url(url)?)
    }

    fn card_result_from_json(json: &str) -> Result<CardResult, TerminalError> {
        Ok(CardResult::from_json(json)?)
    }
    use crate::card::{CARD_CONTRACT_VERSION, CardOutcome};

    const CALLBACK: &str = "myapp://mpac-card-result";

    fn request() -> CardRequest {
        CardRequest {
            version: CARD_CONTRACT_VERSION,
            attempt_id: "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c".to_owned(),
            nonce: "00112233445566778899aabbccddeeff".into(),
            payment_intent_id: "pi_01HXYEXAMPLE".parse().unwrap(),
            amount: Amount::new(2500).unwrap(),
            currency: Currency::JPY,
            merchant_store_id: Some("新宿 & 渋谷?".to_owned()),
            merchant_terminal_id: None,
            expires_at: Timestamp::from_unix_seconds(1_765_189_800),
        }
    }

    fn result() -> CardResult {
        CardResult {
            version: CARD_CONTRACT_VERSION,
            attempt_id: request().attempt_id,
            nonce: request().nonce,
            outcome: CardOutcome::Approved,
            amount: Amount::new(2500).unwrap(),
            currency: Currency::JPY,
            approval_code: Some("NOTREAL1".into()),
            card_brand: Some("VISA".to_owned()),
            masked_pan: Some("************0000".into()),
            reason: None,
            processed_at: Some(Timestamp::from_unix_seconds(1_765_189_000)),
            signed_text: None,
        }
    }

    fn parameter(url: &str, name: &str) -> String {
        let (_, value) = parameters(url).find(|(found, _)| *found == name).unwrap();
        percent_decode_str(value).decode_utf8().unwrap().into()
    }

    #[test]
    fn the_request_opens_the_card_app_and_names_the_way_back() {
        let callback = "https://shop.example/card?order=a%20b&lane=1";
        let url = card_request_to_url(&request(), callback).unwrap();
        assert!(url.starts_with("mpaccreditcard://x-callback-url/pay?request="));
        assert_eq!(parameters(&url).count(), 4);
        for name in ["x-success", "x-cancel", "x-error"] {
            assert_eq!(parameter(&url, name), callback, "{name}");
        }
        let json = BASE64URL.decode(parameter(&url, "request")).unwrap();
        assert_eq!(json, request().to_json().into_bytes());
    }

    #[test]
    fn only_an_address_of_the_app_itself_is_a_callback() {
        let long = format!("myapp://{}", "a".repeat(MAX_CALLBACK_BYTES));
        let table = [
            ("myapp://mpac-card-result", true),
            ("com.example.till+1://card?order=1", true),
            ("myapp:///card", true),
            ("https://shop.example/card", true),
            ("http://shop.example/card", false),
            ("HTTP://shop.example/card", false),
            ("", false),
            ("myapp", false),
            ("myapp:", false),
            ("myapp://", false),
            ("://card", false),
            ("1app://card", false),
            ("my app://card", false),
            ("javascript:alert(1)//://", false),
            ("myapp://card result", false),
            ("myapp://card\n", false),
            ("myapp://カード", false),
            ("myapp://card#top", false),
            ("myapp://card?result=1", false),
            ("myapp://card?a=1&%72esult", false),
            (&long, false),
        ];
        for (callback, accepted) in table {
            let answer = card_request_to_url(&request(), callback);
            assert_eq!(answer.is_ok(), accepted, "{callback}");
            if let Err(error) = answer {
                assert!(
                    matches!(&error, TerminalError::InvalidArgument { field, .. } if field == "callback"),
                    "{callback}: {error}"
                );
            }
        }
    }

    #[test]
    fn a_url_is_a_result_only_when_it_holds_exactly_one() {
        let malformed = |field: &str| {
            Err(CardResultRefusal::Malformed {
                field: field.to_owned(),
            })
        };
        let json = result().to_json();
        let value = BASE64URL.encode(&json);
        let padded = base64::engine::general_purpose::URL_SAFE.encode(format!("{json} "));
        assert!(padded.ends_with('='));
        let other_alphabet = json.replace('{', "{\"~~~\":\"???>\",");
        let other_alphabet = base64::engine::general_purpose::STANDARD.encode(other_alphabet);
        assert!(other_alphabet.contains(['+', '/']));
        let newer = BASE64URL.encode(json.replace("\"version\":1", "\"version\":3"));
        let huge = json.replace('{', &format!("{{\"receipt\":\"{}\",", "x".repeat(100_000)));
        let huge = BASE64URL.encode(huge);
        let table = [
            (format!("{CALLBACK}?result={value}"), Ok(result())),
            (
                format!("{CALLBACK}?a=1&result={value}&b#f?result=x"),
                Ok(result()),
            ),
            (format!("{CALLBACK}?%72esult={value}"), Ok(result())),
            (format!("{CALLBACK}?result={padded}"), Ok(result())),
            (
                format!("{CALLBACK}?result={}", padded.replace('=', "%3D")),
                Ok(result()),
            ),
            (
                format!("{CALLBACK}?result={newer}"),
                Err(CardResultRefusal::UnsupportedVersion),
            ),
            (String::new(), malformed("result")),
            (CALLBACK.to_owned(), malformed("result")),
            (format!("{CALLBACK}?errorCode=1"), malformed("result")),
            (format!("{CALLBACK}?result"), malformed("result")),
            (format!("{CALLBACK}?result="), malformed("result")),
            (format!("{CALLBACK}#?result={value}"), malformed("result")),
            (
                format!("{CALLBACK}?result={value}&result={value}"),
                malformed("result"),
            ),
            (
                format!("{CALLBACK}?result={value}&%72esult={value}"),
                malformed("result"),
            ),
            (format!("{CALLBACK}?result={other_alphabet}"), Ok(result())),
            (
                format!("{CALLBACK}?result={}%0A", value.replace('A', "%0D%0AA")),
                Ok(result()),
            ),
            (format!("{CALLBACK}?result={json}"), malformed("result")),
            (format!("{CALLBACK}?result=%FF"), malformed("result")),
            (format!("{CALLBACK}?result=_w"), malformed("result")),
            (format!("{CALLBACK}?result={huge}"), Ok(result())),
        ];
        for (url, expected) in table {
            let expected = expected.map_err(TerminalError::from);
            assert_eq!(card_result_from_url(&url), expected, "{url:.200}");
        }
    }

    prop_compose! {
        fn any_result()(
            attempt_id in "\\PC{0,40}",
            nonce in "\\PC{0,40}",
            outcome in prop_oneof![
                Just(CardOutcome::Approved),
                Just(CardOutcome::Declined),
                Just(CardOutcome::Cancelled),
                Just(CardOutcome::Error),
            ],
            amount in 1..=Amount::MAX,
            currency in "[A-Z]{3}",
            approval_code in option::of(".{0,20}"),
            card_brand in option::of(".{0,20}"),
            masked_pan in option::of(".{0,20}"),
            reason in option::of(".{0,80}"),
            processed_at in option::of(any::<i64>()),
        ) -> CardResult {
            CardResult {
                version: CARD_CONTRACT_VERSION,
                attempt_id,
                nonce: nonce.into(),
                outcome,
                amount: Amount::new(amount).unwrap(),
                currency: currency.parse().unwrap(),
                approval_code: approval_code.map(Into::into),
                card_brand,
                masked_pan: masked_pan.map(Into::into),
                reason,
                processed_at: processed_at.map(Timestamp::from_unix_seconds),
                signed_text: None,
            }
        }
    }

    proptest! {
        #[test]
        fn any_result_comes_back_by_url_as_by_json(
            result in any_result(),
            callback in "[a-z][a-z0-9+.-]{0,9}://[a-z/]{1,20}(\\?[a-q]{1,5}=[!-\"$-~]{0,20})?",
        ) {
            prop_assume!(!callback.starts_with("http:") && check_callback(&callback).is_ok());
            let url = result.to_url(&callback).unwrap();
            prop_assert!(url.bytes().all(|byte| byte.is_ascii_graphic()));
            let result = CardResult {
                attempt_id: result.attempt_id.trim().to_owned(),
                nonce: result.nonce.trim().into(),
                ..result
            };
            let json = result.to_json();
            let result = result.without_card_data();
            prop_assert_eq!(card_result_from_url(&url), Ok(result.clone()));
            prop_assert_eq!(card_result_from_json(&json), Ok(result));
        }

        #[test]
        fn any_callback_that_is_taken_survives_the_way(callback in "[!-~]{0,12}(://)?[!-~]{0,40}") {
            if let Ok(url) = card_request_to_url(&request(), &callback) {
                prop_assert_eq!(parameters(&url).count(), 4);
                prop_assert_eq!(parameter(&url, "x-success"), callback.clone());
                let back = result().to_url(&callback).unwrap();
                prop_assert_eq!(card_result_from_url(&back), Ok(result()));
            }
        }

        #[test]
        fn garbage_is_refused_by_url_as_by_json(json in "\\PC{0,60}|\\{\"version\":[0-9]{0,3}\\PC{0,20}\\}") {
            let url = format!("{CALLBACK}?result={}", BASE64URL.encode(&json));
            prop_assert_eq!(card_result_from_url(&url), card_result_from_json(&json));
            prop_assert!(card_result_from_url(&url).is_err());
            prop_assert!(card_result_from_url(&json).is_err());
        }
    }
}
