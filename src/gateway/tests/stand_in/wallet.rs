//! The customer's phone.

use serde_json::json;

use crate::merchant::{Merchant, order};

#[test]
fn the_page_of_a_code_in_both_languages() {
    let merchant = Merchant::new();
    let mut asked = order("escaped");
    asked["orderDescription"] = json!("<script>alert(1)</script>");
    asked["storeInfo"] = json!("ひだまり & Co.");
    let code = merchant.post("/v2/codes", asked).is(201, "SUCCESS");
    let path = merchant.path_of(&code);
    for (path, language, pay) in [
        (path.clone(), "en", "Pay"),
        (format!("{path}?lang=ja"), "ja", "支払う"),
        (format!("{path}?lang=en"), "en", "Pay"),
    ] {
        let page = merchant.page(&path);
        assert_eq!(page.status, 200);
        assert!(page.text.contains(&format!("<html lang=\"{language}\">")));
        assert!(page.text.contains(pay) && page.text.contains("¥1,200"));
        assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script"));
        assert!(page.text.contains("ひだまり &amp; Co."));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        for outside in ["http://", "https://"] {
            assert!(
                !page.text.contains(outside),
                "nothing is asked of anyone else"
            );
        }
    }
    let headers = [("Accept-Language", "ja-JP,ja;q=0.9,en;q=0.8")];
    let page = merchant.paypay.send("GET", &path, &headers, b"");
    assert!(page.text.contains("<html lang=\"ja\">"));
    assert_eq!(
        merchant.page("/wallet/style.css").header("content-type"),
        Some("text/css")
    );
}

#[test]
fn every_outcome_is_a_button() {
    let merchant = Merchant::new();
    for (act, status, title) in [
        ("pay", "COMPLETED", "Paid"),
        ("not_enough_balance", "FAILED", "Not paid"),
        ("give_up", "CREATED", "Payment"),
    ] {
        let (id, code) = merchant.new_code();
        let path = merchant.path_of(&code);
        assert!(
            merchant
                .page(&path)
                .text
                .contains(&format!("value=\"{act}\""))
        );
        let done = merchant.form(&path, &format!("act={act}"));
        assert_eq!(done.status, 303);
        assert_eq!(merchant.status(&id), status);
        let page = merchant.page(done.header("location").unwrap());
        assert!(
            page.text.contains(&format!("<h1>{title}</h1>")),
            "{}",
            page.text
        );
        if act != "give_up" {
            // A second tap changes nothing.
            merchant.form(&path, "act=pay");
            assert_eq!(merchant.status(&id), status);
        }
    }
}

#[test]
fn paypay_refuses_an_expired_code() {
    let merchant = Merchant::new();
    let (id, code) = merchant.new_code();
    let path = merchant.path_of(&code);
    merchant.advance(300);
    assert!(merchant.page(&path).text.contains("This code has expired"));
    let refused = merchant.form(&path, "act=pay");
    let page = merchant.page(refused.header("location").unwrap());
    assert!(page.text.contains("role=\"alert\"") && page.text.contains("PayPay refuses"));
    assert_eq!(merchant.status(&id), "CREATED");
    // Merchants delete codes that have expired; to the customer that is no difference.
    let code_id = code["codeId"].as_str().unwrap();
    merchant
        .delete(&format!("/v2/codes/{code_id}"))
        .is(200, "SUCCESS");
    assert!(merchant.page(&path).text.contains("This code has expired"));
    assert!(
        merchant
            .form(&path, "act=pay")
            .header("location")
            .unwrap()
            .contains("refused")
    );
}

#[test]
fn a_deleted_code_opens_nothing() {
    let merchant = Merchant::new();
    let (_, code) = merchant.new_code();
    merchant
        .delete(&format!("/v2/codes/{}", code["codeId"].as_str().unwrap()))
        .is(200, "SUCCESS");
    for path in [merchant.path_of(&code), "/wallet/no-such-secret".to_owned()] {
        let page = merchant.page(&path);
        assert!(page.status == 404 && page.text.contains("This code cannot be used"));
    }
}

#[test]
fn receipts_tell_what_became_of_the_money() {
    let merchant = Merchant::new();
    let (id, code) = merchant.new_code();
    merchant.act(&code, "pay");
    let path = merchant.path_of(&code);
    let details = merchant
        .get(&format!("/v2/payments/{id}"))
        .is(200, "SUCCESS");
    let payment_id = details["paymentId"].as_str().unwrap();
    assert!(merchant.page(&path).text.contains(payment_id));
    merchant.refund("r-1", payment_id, 1000).is(200, "SUCCESS");
    let page = merchant.page(&path);
    assert!(page.text.contains("Refunded") && page.text.contains("¥1,000"));

    let (id, code) = merchant.new_code();
    merchant.act(&code, "pay");
    merchant.cancel(&id).is(202, "REQUEST_ACCEPTED");
    assert!(
        merchant
            .page(&merchant.path_of(&code))
            .text
            .contains("You have not been charged")
    );
}

#[test]
fn forms_of_other_sites_do_nothing() {
    let merchant = Merchant::new();
    let (id, code) = merchant.new_code();
    let path = merchant.path_of(&code);
    let host = merchant
        .paypay
        .url
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for (name, value) in [
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Host", "rebound.example"),
    ] {
        let reply = merchant
            .paypay
            .send("POST", &path, &[form, (name, value)], b"act=pay");
        assert_eq!(reply.status, 403, "{name}: {value}");
    }
    assert_eq!(merchant.status(&id), "CREATED");
    let own = format!("http://{host}");
    let reply = merchant
        .paypay
        .send("POST", &path, &[form, ("Origin", &own)], b"act=pay");
    assert_eq!(reply.status, 303);
    for body in ["act=explode", ""] {
        let reply = merchant.form(&path, body);
        assert!((400..500).contains(&reply.status), "{body}");
    }
}
