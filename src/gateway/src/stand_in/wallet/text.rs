//! What the pages say, in both languages.

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Japanese,
    English,
}

impl Language {
    pub(super) const ALL: [Self; 2] = [Self::Japanese, Self::English];

    /// As in `lang` and in `Accept-Language`.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Japanese => "日本語",
            Self::English => "English",
        }
    }

    pub(super) fn texts(self) -> &'static Texts {
        match self {
            Self::Japanese => &JAPANESE,
            Self::English => &ENGLISH,
        }
    }

    /// The one that a browser likes better.
    pub(super) fn preferred(accept_language: &str) -> Self {
        let mut best = (0.0, Self::English);
        for entry in accept_language.split(',') {
            let mut parts = entry.trim().split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q="));
            let quality: f32 = quality.map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let primary = tag.split('-').next().unwrap_or_default();
            let known = Self::ALL
                .into_iter()
                .find(|one| one.tag().eq_ignore_ascii_case(primary));
            if let Some(language) = known.filter(|_| quality > best.0) {
                best = (quality, language);
            }
        }
        best.1
    }
}

macro_rules! texts {
    ($($name:ident: $japanese:literal, $english:literal;)*) => {
        /// Every text of the pages.
        #[derive(Debug)]
        pub(super) struct Texts { $(pub(super) $name: &'static str,)* }
        const JAPANESE: Texts = Texts { $($name: $japanese,)* };
        const ENGLISH: Texts = Texts { $($name: $english,)* };
    };
}

texts! {
    wallet: "テスト用ウォレット", "Test wallet";
    not_real: "PayPay の代役です。お金は動きません。", "A stand-in for PayPay. No money moves.";
    languages: "言語", "Language";
    test_shop: "テスト加盟店", "Test shop";
    shop: "お店", "Shop";
    order: "内容", "For";
    pay_until: "有効期限", "Pay until";

    pay_title: "お支払い", "Payment";
    pay: "支払う", "Pay";
    reserve_note: "お店が確定するまで、金額は確保されるだけです。",
        "The amount is only reserved until the shop takes it.";
    not_enough: "残高不足にする", "Not enough balance";
    not_enough_note: "支払いは失敗になり、やり直せません。",
        "The payment fails for good.";
    give_up: "やめる", "Give up";
    give_up_note: "何も起こりません。コードはあとで支払えます。",
        "Nothing happens. The code can be paid later.";
    gave_up: "支払いをやめました。有効期限まで、このコードで支払えます。",
        "You gave up. Until it expires, this code can still be paid.";

    paid_title: "支払い完了", "Paid";
    reserved_title: "金額を確保しました", "Reserved";
    refunded_title: "返金されました", "Refunded";
    refund_coming: "返金手続き中です。", "A refund is on its way.";
    released_title: "確保は解除されました", "Released";
    expired_reservation_title: "確保の期限が切れました", "The reservation has expired";
    failed_title: "支払えませんでした", "Not paid";
    failed_note: "残高が足りません。お店で新しいコードをもらってください。",
        "The balance is too low. Ask the shop for a new code.";
    cancelled_note: "お店が取り消しました。お金は引かれていません。",
        "The shop called it off. You have not been charged.";
    taken: "お支払い額", "Charged";
    given_back: "返金額", "Given back";
    when: "日時", "Time";
    number: "決済番号", "Number";
    back_to_shop: "お店に戻る", "Back to the shop";

    expired_title: "コードの期限切れ", "This code has expired";
    expired_note: "お店で新しいコードをもらってください。", "Ask the shop for a new code.";
    pay_after_expiry: "期限後に支払ってみる", "Try to pay after expiry";
    refused: "PayPay が断りました。期限切れのコードでは支払えません。",
        "PayPay refuses: an expired code cannot be paid.";
    gone_title: "このコードは使えません", "This code cannot be used";
    gone_note: "お店が取り下げたか、はじめからありません。",
        "The shop has withdrawn it, or it never existed.";

    question_title: "お店からの確認", "The shop asks";
    question: "確保した額より多く支払いますか。", "May it take more than was reserved?";
    reserved: "確保中", "Reserved";
    asked: "求められた額", "Asked for";
    agree: "同意する", "Agree";
    decline: "断る", "Decline";

    home_title: "コードを見せて支払う", "Pay by showing a code";
    show_this: "お店でこのコードを読み取ってもらってください。", "Have the shop scan this code.";
    qr_label: "一回限りの支払いコード", "One-time payment code";
    valid_until: "有効期限", "Valid until";
    new_code: "新しいコード", "New code";
    balance_title: "次に支払うときの残高", "Balance at the next payment";
    enough: "足りる", "Enough";
    low: "足りない", "Too low";
    statement: "これまで", "So far";
    spent: "支払い済み", "Paid";

    link_title: "アカウント連携", "Link your account";
    link_question: "お店に次のことを許可しますか。", "May the shop do this?";
    link_returns: "戻り先", "Returns to";
    link_done_title: "この連携は終わっています", "This link is over";
    link_done_note: "すでに答えたか、期限が切れています。", "It was answered, or it has expired.";
    scope_direct_debit: "残高から支払いを受ける", "Charge your balance";
    scope_get_balance: "残高が足りるか確かめる", "See whether your balance suffices";
    scope_reserve: "金額を確保して、あとで確定する", "Reserve an amount and take it later";
    scope_profile: "プロフィールを見る", "See your profile";

    wrong_request: "この操作はできません。", "This cannot be done.";
    home: "ウォレットへ", "To the wallet";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_get_the_language_they_like_better() {
        let (ja, en) = (Language::Japanese, Language::English);
        for (header, expected) in [
            ("", en),
            ("ja", ja),
            ("ja-JP,ja;q=0.9,en;q=0.8", ja),
            ("en-GB, ja;q=0.5", en),
            ("ja;q=0.2, EN;q=0.3", en),
            ("fr, ja;q=0.1", ja),
            ("fr", en),
            ("ja;q=nonsense", en),
        ] {
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }
}
