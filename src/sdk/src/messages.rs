//! What to tell the staff, in their language: a sentence for each code, cause and next step.

use crate::state::{CancelledBy, FailureCode, NextStep, UncertaintyCause};

/// A language that the SDK speaks to the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// English.
    English,
    /// Japanese, polite as on a till.
    Japanese,
}

impl Language {
    /// The language for a locale such as `ja-JP`: English where it is none of the others.
    #[must_use]
    pub fn of_locale(tag: &str) -> Self {
        let language = tag.split(['-', '_']).next();
        match language.is_some_and(|language| language.eq_ignore_ascii_case("ja")) {
            true => Self::Japanese,
            false => Self::English,
        }
    }
}

macro_rules! messages {
    ($($code:ident: $english:ident, $japanese:ident;)*) => {
        $(
            impl $code {
                /// What to tell the staff. It holds no secrets.
                #[must_use]
                pub fn message(self, language: Language) -> &'static str {
                    match language {
                        Language::English => $english(self),
                        Language::Japanese => $japanese(self),
                    }
                }
            }
        )*
    };
}

messages! {
    FailureCode: failure_in_english, failure_in_japanese;
    CancelledBy: cancelled_in_english, cancelled_in_japanese;
    UncertaintyCause: cause_in_english, cause_in_japanese;
    NextStep: step_in_english, step_in_japanese;
}

fn failure_in_english(code: FailureCode) -> &'static str {
    match code {
        FailureCode::PaymentFailed => "The payment failed. Start a new payment.",
        FailureCode::UnknownToken => {
            "The payment service does not know this payment. Start a new payment."
        }
        FailureCode::PaymentIntentExpired => {
            "The time for this payment is over. Start a new payment."
        }
        FailureCode::MethodNotAllowed => {
            "This payment cannot be made that way. Choose another way to pay."
        }
        FailureCode::UnknownProvider => {
            "This wallet cannot be used here. Choose another way to pay."
        }
        FailureCode::GatewayMisconfigured => {
            "The address of the payment service is wrong. Call the administrator."
        }
        FailureCode::InsufficientFunds => {
            "The customer's balance is not enough. Ask for another way to pay."
        }
        FailureCode::CustomerCodeExpired => {
            "The customer's code was used before or has expired. Scan a fresh code."
        }
        FailureCode::CustomerCodeRefused => {
            "The customer's wallet refused the payment. Ask for another way to pay."
        }
        FailureCode::RateLimited => "The payment service is busy. Try again in a minute.",
        FailureCode::GatewayRefused => {
            "The payment service refused the payment. Try again, or choose another way to pay."
        }
        FailureCode::CardDeclined => "The card was declined. Ask for another card or way to pay.",
        FailureCode::CardAppError => {
            "The card app could not take the payment. Try again, or choose another way to pay."
        }
        FailureCode::StorageUnavailable => {
            "This terminal cannot save the payment. Free some space, then try again."
        }
    }
}

fn failure_in_japanese(code: FailureCode) -> &'static str {
    match code {
        FailureCode::PaymentFailed => {
            "お支払いができませんでした。新しい会計でやり直してください。"
        }
        FailureCode::UnknownToken => {
            "決済サービスにこのお支払いが見つかりません。新しい会計でやり直してください。"
        }
        FailureCode::PaymentIntentExpired => {
            "お支払いの有効期限が切れました。新しい会計でやり直してください。"
        }
        FailureCode::MethodNotAllowed => {
            "このお支払い方法は使えません。別のお支払い方法を選んでください。"
        }
        FailureCode::UnknownProvider => {
            "このウォレットは使えません。別のお支払い方法を選んでください。"
        }
        FailureCode::GatewayMisconfigured => {
            "決済サービスの接続先が正しくありません。管理者に連絡してください。"
        }
        FailureCode::InsufficientFunds => {
            "お客様の残高が不足しています。別のお支払い方法をご案内ください。"
        }
        FailureCode::CustomerCodeExpired => {
            "お客様のコードは使用済みか、有効期限が切れています。新しいコードを読み取ってください。"
        }
        FailureCode::CustomerCodeRefused => {
            "お客様のウォレットでお支払いできませんでした。別のお支払い方法をご案内ください。"
        }
        FailureCode::RateLimited => {
            "決済サービスが混み合っています。1分ほど待ってからやり直してください。"
        }
        FailureCode::GatewayRefused => {
            "決済サービスがお支払いを受け付けませんでした。やり直すか、別のお支払い方法を選んでください。"
        }
        FailureCode::CardDeclined => {
            "カードが承認されませんでした。別のカードか別のお支払い方法をご案内ください。"
        }
        FailureCode::CardAppError => {
            "カードアプリで決済できませんでした。やり直すか、別のお支払い方法を選んでください。"
        }
        FailureCode::StorageUnavailable => {
            "この端末にお支払いの記録を保存できません。空き容量を増やしてからやり直してください。"
        }
    }
}

fn cancelled_in_english(by: CancelledBy) -> &'static str {
    match by {
        CancelledBy::Terminal => "The payment was cancelled.",
        CancelledBy::CardApp => "The payment was cancelled in the card app.",
        CancelledBy::Gateway => "The payment was cancelled by the shop's system.",
        CancelledBy::Expiry => {
            "The time for this payment was over. If you have taken cash, give it back or record it \
             with a new payment."
        }
    }
}

fn cancelled_in_japanese(by: CancelledBy) -> &'static str {
    match by {
        CancelledBy::Terminal => "お支払いを取り消しました。",
        CancelledBy::CardApp => "カードアプリでお支払いが取り消されました。",
        CancelledBy::Gateway => "店舗のシステムによりお支払いが取り消されました。",
        CancelledBy::Expiry => {
            "お支払いの有効期限が切れました。現金を受け取っている場合は、お客様にお返しするか、新しい会計で記録してください。"
        }
    }
}

fn cause_in_english(cause: UncertaintyCause) -> &'static str {
    match cause {
        UncertaintyCause::ConnectionLost => "The payment service cannot be reached.",
        UncertaintyCause::NameNotResolved => {
            "The network does not know the payment service's address."
        }
        UncertaintyCause::ClockWrong => "The date or time of this terminal is wrong.",
        UncertaintyCause::CaptivePortal | UncertaintyCause::WrongHost => {
            "Something other than the payment service answers, such as a Wi-Fi that wants a sign-in."
        }
        UncertaintyCause::CertificateExpired => "The payment service's certificate has expired.",
        UncertaintyCause::CertificateUntrusted => {
            "The payment service's certificate cannot be checked."
        }
        UncertaintyCause::TlsFailed => "No secure connection to the payment service can be made.",
        UncertaintyCause::ProxyAuthenticationRequired => {
            "The network's proxy wants a user name and a password."
        }
        UncertaintyCause::GatewayError => "The payment service has a problem.",
        UncertaintyCause::RateLimited => "The payment service is busy.",
        UncertaintyCause::InvalidResponse => {
            "Something other than the payment service answers, such as a sign-in page of the Wi-Fi."
        }
        UncertaintyCause::ContradictoryAnswer => {
            "The payment service's answers contradict each other."
        }
        UncertaintyCause::NoFinalStatus => {
            "The payment's time is over, and its outcome is still not known."
        }
        UncertaintyCause::CardAppSilent => {
            "The card app has not answered. The card may have been charged."
        }
        UncertaintyCause::CardChargedNotRecorded => {
            "The card was charged, but the payment could not be recorded."
        }
        UncertaintyCause::CardChargeNotMatched => {
            "The card was charged, but it is not known whether for this payment. Compare the \
             approval code with the card app's."
        }
    }
}

fn cause_in_japanese(cause: UncertaintyCause) -> &'static str {
    match cause {
        UncertaintyCause::ConnectionLost => "決済サービスに接続できません。",
        UncertaintyCause::NameNotResolved => "決済サービスのアドレスが見つかりません。",
        UncertaintyCause::ClockWrong => "この端末の日付または時刻が正しくありません。",
        UncertaintyCause::CaptivePortal | UncertaintyCause::WrongHost => {
            "ログインが必要なWi-Fiなど、決済サービス以外から応答がありました。"
        }
        UncertaintyCause::CertificateExpired => "決済サービスの証明書の有効期限が切れています。",
        UncertaintyCause::CertificateUntrusted => "決済サービスの証明書を確認できません。",
        UncertaintyCause::TlsFailed => "決済サービスへ安全に接続できません。",
        UncertaintyCause::ProxyAuthenticationRequired => {
            "ネットワークのプロキシに、ユーザー名とパスワードが必要です。"
        }
        UncertaintyCause::GatewayError => "決済サービスで問題が発生しています。",
        UncertaintyCause::RateLimited => "決済サービスが混み合っています。",
        UncertaintyCause::InvalidResponse => {
            "Wi-Fiのログイン画面など、決済サービス以外から応答がありました。"
        }
        UncertaintyCause::ContradictoryAnswer => "決済サービスの応答が食い違っています。",
        UncertaintyCause::NoFinalStatus => {
            "お支払いの有効期限を過ぎましたが、結果をまだ確認できていません。"
        }
        UncertaintyCause::CardAppSilent => {
            "カードアプリから応答がありません。カードで決済された可能性があります。"
        }
        UncertaintyCause::CardChargedNotRecorded => {
            "カードで決済されましたが、お支払いを記録できませんでした。"
        }
        UncertaintyCause::CardChargeNotMatched => {
            "カードで決済されましたが、このお支払いのものか確認できません。承認番号をカードアプリと照合してください。"
        }
    }
}

fn step_in_english(step: NextStep) -> &'static str {
    match step {
        NextStep::CheckNetwork => {
            "Check the network. The result appears by itself once the terminal is back online."
        }
        NextStep::SetClock => {
            "Set the date and time of this terminal. The result then appears by itself."
        }
        NextStep::SignInToWifi => {
            "Open the Wi-Fi's page in a browser and sign in, or use another network."
        }
        NextStep::CallAdministrator => {
            "Call the person who looks after this terminal and its network."
        }
        NextStep::CheckWithGateway => {
            "Look the payment up in the payment service before you take the money again."
        }
        NextStep::CheckCardApp => "Look in the card app whether the card was charged.",
        NextStep::RefundInCardApp => "Refund the charge in the card app.",
    }
}

fn step_in_japanese(step: NextStep) -> &'static str {
    match step {
        NextStep::CheckNetwork => {
            "ネットワークを確認してください。接続が戻ると、結果が自動で表示されます。"
        }
        NextStep::SetClock => {
            "この端末の日付と時刻を合わせてください。その後、結果が自動で表示されます。"
        }
        NextStep::SignInToWifi => {
            "ブラウザーでWi-Fiのページを開いてログインするか、別のネットワークを使ってください。"
        }
        NextStep::CallAdministrator => "端末とネットワークの管理者に連絡してください。",
        NextStep::CheckWithGateway => {
            "もう一度お支払いを受ける前に、決済サービスの管理画面で確認してください。"
        }
        NextStep::CheckCardApp => "カードで決済されたかどうか、カードアプリで確認してください。",
        NextStep::RefundInCardApp => "カードアプリで返金してください。",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_says_which_language() {
        for (tag, language) in [
            ("ja", Language::Japanese),
            ("ja-JP", Language::Japanese),
            ("JA_jp", Language::Japanese),
            ("en-US", Language::English),
            ("jav", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(tag), language, "{tag}");
        }
    }

    #[test]
    fn each_language_says_each_thing_in_its_own_polite_sentence() {
        let failures =
            FAILURES.map(|code| [Language::English, Language::Japanese].map(|it| code.message(it)));
        for (at, [english, japanese]) in failures.iter().enumerate() {
            assert!(english.is_ascii() && english.ends_with('.'), "{english}");
            let is_polite = ["です。", "ます。", "せん。", "ました。", "ください。"];
            assert!(
                is_polite.iter().any(|end| japanese.ends_with(end)),
                "{japanese}"
            );
            assert!(
                !failures[..at].iter().any(|[other, _]| other == english),
                "{english}"
            );
            assert!(
                !failures[..at].iter().any(|[_, other]| other == japanese),
                "{japanese}"
            );
        }
    }

    const FAILURES: [FailureCode; 14] = [
        FailureCode::PaymentFailed,
        FailureCode::UnknownToken,
        FailureCode::PaymentIntentExpired,
        FailureCode::MethodNotAllowed,
        FailureCode::UnknownProvider,
        FailureCode::GatewayMisconfigured,
        FailureCode::InsufficientFunds,
        FailureCode::CustomerCodeExpired,
        FailureCode::CustomerCodeRefused,
        FailureCode::RateLimited,
        FailureCode::GatewayRefused,
        FailureCode::CardDeclined,
        FailureCode::CardAppError,
        FailureCode::StorageUnavailable,
    ];
}
