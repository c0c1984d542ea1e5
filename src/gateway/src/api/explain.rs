//! Why a signature does not match, as far as it can be told. Only for askers on this machine.

use std::collections::HashMap;

use mpac_pgw_protocol::MerchantId;
use mpac_pgw_protocol::signing::{Authorization, RequestToSign, SecretKey};

pub(super) fn unknown_merchant<'a>(
    unknown: &MerchantId,
    known: impl Iterator<Item = &'a MerchantId>,
) -> String {
    let mut known: Vec<_> = known.map(MerchantId::as_str).collect();
    known.sort_unstable();
    let known = known.join(", ");
    format!(
        "there is no merchant {unknown} here; this gateway knows {known} (add others with \
         `mpac-gateway serve --merchant ID:SECRET`)"
    )
}

/// Shows what the gateway signed, and tries the mistakes that people make.
pub(super) fn mismatch(
    authorization: &Authorization,
    key: &SecretKey,
    merchants: &HashMap<MerchantId, SecretKey>,
    now: i64,
    request: &RequestToSign<'_>,
) -> String {
    let timestamp = authorization.timestamp;
    let shown_path = without_token(request.path);
    let shown = RequestToSign {
        path: &shown_path,
        ..*request
    };
    let canonical = shown.canonical_string(timestamp).replace('\n', "\\n");
    let skew = timestamp.saturating_sub(now);
    let cause = likely_cause(authorization, key, merchants, request).unwrap_or_else(|| {
        "compare it with the string you signed, line by line; if they are equal, the key differs"
            .to_owned()
    });
    format!(
        "the signature does not match the request. The gateway computed it over \"{canonical}\" \
         (clock skew {skew} s): {cause}"
    )
}

fn likely_cause(
    authorization: &Authorization,
    key: &SecretKey,
    merchants: &HashMap<MerchantId, SecretKey>,
    request: &RequestToSign<'_>,
) -> Option<String> {
    let signed_with = |key: &SecretKey, request: &RequestToSign<'_>| {
        let (merchant, timestamp) = (authorization.merchant_id.clone(), authorization.timestamp);
        Authorization::sign(key, merchant, timestamp, request) == *authorization
    };
    let as_sent = *request;
    let lower_case = request.method.to_ascii_lowercase();
    let bare_path = request.path.split('?').next().unwrap_or_default();
    let slashed = format!("{}/", request.path);
    let with_newline = [request.body, b"\n"].concat();
    let variants = [
        (
            "the path was signed without its query string: sign it exactly as sent",
            RequestToSign {
                path: bare_path,
                ..as_sent
            },
        ),
        (
            "the path was signed with a `/` at its end that was not sent",
            RequestToSign {
                path: &slashed,
                ..as_sent
            },
        ),
        (
            "the method was signed in lower case: sign it in upper case",
            RequestToSign {
                method: &lower_case,
                ..as_sent
            },
        ),
        (
            "another method was signed: GET instead of this one",
            RequestToSign {
                method: "GET",
                ..as_sent
            },
        ),
        (
            "another method was signed: POST instead of this one",
            RequestToSign {
                method: "POST",
                ..as_sent
            },
        ),
        (
            "the body was signed as if it were empty: sign the bytes that are sent",
            RequestToSign {
                body: b"",
                ..as_sent
            },
        ),
        (
            "the body was signed with a line break at its end that was not sent",
            RequestToSign {
                body: &with_newline,
                ..as_sent
            },
        ),
        (
            "the body was signed without the white space around it that was sent",
            RequestToSign {
                body: request.body.trim_ascii(),
                ..as_sent
            },
        ),
    ];
    for (cause, variant) in variants {
        if signed_with(key, &variant) {
            return Some(cause.to_owned());
        }
    }
    for (merchant, other_key) in merchants {
        if signed_with(other_key, request) {
            return Some(format!("it was signed with the key of merchant {merchant}"));
        }
    }
    for (end, name) in [
        ("\n", "a line break"),
        ("\r\n", "a line break"),
        (" ", "a blank"),
    ] {
        if signed_with(&SecretKey::new(format!("{}{end}", key.expose())), request) {
            return Some(format!("the key used to sign it has {name} at its end"));
        }
    }
    None
}

/// A token in the query is a secret, even to the one who sent it: errors end up in logs.
fn without_token(path: &str) -> String {
    const NAME: &str = "payment_token=";
    let Some(start) = path.find(NAME) else {
        return path.to_owned();
    };
    let (before, token) = path.split_at(start + NAME.len());
    let after = token.find('&').map_or("", |end| &token[end..]);
    format!("{before}…{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_765_189_800;
    const REQUEST: RequestToSign<'_> = RequestToSign {
        method: "POST",
        path: "/v1/payment_intents?a=1",
        body: b"{}",
    };

    fn explain(key: &str, signed: &RequestToSign<'_>) -> String {
        let merchant: MerchantId = "shop".parse().unwrap();
        let own = SecretKey::new("sk_own");
        let merchants = HashMap::from([
            (merchant.clone(), own.clone()),
            ("other".parse().unwrap(), SecretKey::new("sk_other")),
        ]);
        let authorization = Authorization::sign(&SecretKey::new(key), merchant, NOW - 7, signed);
        mismatch(&authorization, &own, &merchants, NOW, &REQUEST)
    }

    #[test]
    fn common_mistakes_are_recognised() {
        let table = [
            (
                "sk_own",
                RequestToSign {
                    path: "/v1/payment_intents",
                    ..REQUEST
                },
                "query string",
            ),
            (
                "sk_own",
                RequestToSign {
                    path: "/v1/payment_intents?a=1/",
                    ..REQUEST
                },
                "`/` at",
            ),
            (
                "sk_own",
                RequestToSign {
                    method: "post",
                    ..REQUEST
                },
                "lower case",
            ),
            (
                "sk_own",
                RequestToSign {
                    method: "GET",
                    ..REQUEST
                },
                "GET instead",
            ),
            (
                "sk_own",
                RequestToSign {
                    body: b"",
                    ..REQUEST
                },
                "as if it were empty",
            ),
            (
                "sk_own",
                RequestToSign {
                    body: b"{}\n",
                    ..REQUEST
                },
                "line break",
            ),
            ("sk_other", REQUEST, "the key of merchant other"),
            ("sk_own\n", REQUEST, "a line break at its end"),
            ("sk_wrong", REQUEST, "line by line"),
        ];
        for (key, signed, expected) in table {
            let text = explain(key, &signed);
            assert!(text.contains(expected), "{expected}: {text}");
            assert!(
                text.contains("POST\\n/v1/payment_intents?a=1\\n1765189793\\n"),
                "{text}"
            );
            assert!(text.contains("clock skew -7 s"), "{text}");
            assert!(!text.contains("sk_"), "{text}");
        }
    }

    #[test]
    fn a_token_in_the_query_is_not_repeated() {
        for (path, shown) in [
            (
                "/a?payment_token=pi_1_secret_x&b=1",
                "/a?payment_token=…&b=1",
            ),
            ("/a?payment_token=pi_1_secret_x", "/a?payment_token=…"),
            ("/a?b=1", "/a?b=1"),
        ] {
            assert_eq!(without_token(path), shown);
        }
    }
}
