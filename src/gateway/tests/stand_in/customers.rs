//! Customers who pay without a merchant's code: linked accounts, and codes that are scanned.

use paypay_opa::Secret;
use paypay_opa::jwt::{self, LinkResult};
use serde_json::json;

use crate::merchant::Merchant;
use crate::support::unix_now;

#[test]
fn a_linked_customer_is_charged() {
    let merchant = Merchant::new();
    let user = merchant.linked_user();
    let paid = merchant.charge("order-a", &user, 900).is(201, "SUCCESS");
    assert_eq!(paid["status"], "COMPLETED");
    assert_eq!(paid["userAuthorizationId"], json!(user));
    assert_eq!(
        merchant.charge("order-a", &user, 900).is(201, "SUCCESS"),
        paid
    );
    merchant.settings(json!({ "payment_created_status": 200 }));
    merchant.charge("order-b", &user, 901).is(200, "SUCCESS");
    let details = merchant.get("/v2/payments/order-a").is(200, "SUCCESS");
    assert_eq!(details, paid);
}

#[test]
fn a_similar_payment_is_suspected() {
    let merchant = Merchant::new();
    let user = merchant.linked_user();
    merchant.charge("first", &user, 900).is(201, "SUCCESS");
    let suspected = ("00200017", "SUSPECTED_DUPLICATE_PAYMENT");
    merchant
        .charge("second", &user, 900)
        .refused(400, suspected.0, suspected.1);
    let body = merchant.charge_body("second", &user, 900);
    for query in [
        "?agreeSimilarTransaction=false",
        "?agreeSimilarTransaction=0",
    ] {
        let path = format!("/v2/payments{query}");
        merchant
            .post(&path, body.clone())
            .refused(400, suspected.0, suspected.1);
    }
    let path = "/v2/payments?agreeSimilarTransaction=true";
    merchant.post(path, body).is(201, "SUCCESS");
    let path = "/v2/payments?agreeSimilarTransaction=1";
    merchant
        .post(path, merchant.charge_body("third", &user, 900))
        .is(201, "SUCCESS");
    merchant
        .charge("other-amount", &user, 901)
        .is(201, "SUCCESS");
    merchant
        .charge("other-user", &merchant.linked_user(), 900)
        .is(201, "SUCCESS");
    merchant.advance(300);
    merchant.charge("later", &user, 900).is(201, "SUCCESS");
}

#[test]
fn money_of_a_linked_customer_is_reserved() {
    let merchant = Merchant::new();
    let user = merchant.linked_user();
    let mut body = merchant.charge_body("reserved", &user, 900);
    let until = unix_now() + 86_400;
    body["expiresAt"] = json!(until);
    let path = "/v2/payments/preauthorize?agreeSimilarTransaction=false";
    let reserved = merchant.post(path, body.clone()).is(201, "SUCCESS");
    assert_eq!(reserved["status"], "AUTHORIZED");
    assert_eq!(reserved["expiresAt"], json!(until));
    body["merchantPaymentId"] = json!("too-long");
    body["expiresAt"] = json!(unix_now() + 31 * 86_400);
    merchant
        .post(path, body)
        .refused(400, "00400061", "PRE_AUTH_CAPTURE_INVALID_EXPIRY_DATE");
}

#[test]
fn the_customer_agrees_or_declines() {
    let merchant = Merchant::new();
    let secret = Secret::new(mpac_gateway::PayPayConfig::API_SECRET);
    for (act, result) in [
        ("agree", LinkResult::Succeeded),
        ("decline", LinkResult::Declined),
    ] {
        let (page, nonce) = merchant.link_session();
        let path = page.strip_prefix(&merchant.paypay.url).unwrap().to_owned();
        let back = merchant.form(&path, &format!("act={act}"));
        assert_eq!(back.status, 303);
        let location = back.header("location").unwrap();
        let (address, token) = location.split_once("&responseToken=").unwrap();
        assert_eq!(address, "https://shop.example/linked?from=paypay");
        let claims = jwt::validate(token, &secret, &nonce, unix_now()).unwrap();
        assert_eq!(claims.result, result);
        assert_eq!(
            claims.aud.as_deref(),
            Some(mpac_gateway::PayPayConfig::API_KEY)
        );
        assert_eq!(claims.reference_id.as_deref(), Some("user-7"));
        assert_eq!(claims.user_authorization_id.is_some(), act == "agree");
        // One answer each.
        assert_eq!(merchant.form(&path, "act=agree").status, 410);
        assert_eq!(merchant.page(&path).status, 410);
    }
    let (page, _) = merchant.link_session();
    let path = page.strip_prefix(&merchant.paypay.url).unwrap();
    merchant.advance(600);
    assert_eq!(merchant.form(path, "act=agree").status, 410);
}

#[test]
fn consent_can_be_looked_at_and_ended() {
    let merchant = Merchant::new();
    let user = merchant.linked_user();
    let path = format!("/v2/user/authorizations?userAuthorizationId={user}");
    let found = merchant.get(&path).is(200, "SUCCESS");
    assert_eq!(found["status"], "ACTIVE");
    assert_eq!(found["referenceIds"], json!(["user-7"]));
    assert_eq!(found["scopes"], json!(["direct_debit"]));
    let validity = found["expireAt"].as_i64().unwrap() - found["issuedAt"].as_i64().unwrap();
    assert_eq!(validity, 365 * 86_400);

    let unlink = format!("/v2/user/authorizations/{user}");
    merchant.delete(&unlink).is(202, "REQUEST_ACCEPTED");
    merchant.settings(json!({ "unlinked_status": 200 }));
    merchant.delete(&unlink).is(200, "SUCCESS");
    let found = merchant.get(&path).is(200, "SUCCESS");
    assert_eq!(found["status"], "INACTIVE");
    let invalid = ("", "INVALID_USER_AUTHORIZATION_ID");
    merchant
        .charge("late", &user, 1)
        .refused(401, invalid.0, invalid.1);
    let unknown = "/v2/user/authorizations?userAuthorizationId=nobody";
    merchant.get(unknown).refused(401, invalid.0, invalid.1);
    merchant
        .get("/v2/user/authorizations")
        .refused(400, "08100024", "MISSING_REQUEST_PARAMS");
}

#[test]
fn consent_ends_after_a_year_unless_it_is_used() {
    let merchant = Merchant::new();
    let user = merchant.linked_user();
    merchant.advance(300 * 86_400);
    merchant.charge("in-time", &user, 1).is(201, "SUCCESS");
    merchant.advance(300 * 86_400);
    merchant.charge("prolonged", &user, 1).is(201, "SUCCESS");
    merchant.advance(366 * 86_400);
    merchant
        .charge("late", &user, 1)
        .refused(401, "", "EXPIRED_USER_AUTHORIZATION_ID");
}

#[test]
fn a_code_on_the_customers_screen_is_good_for_one_payment() {
    let merchant = Merchant::new();
    let code = merchant.code_on_screen();
    assert!(code.len() == 20 && code.bytes().all(|digit| digit.is_ascii_digit()));
    assert_eq!(merchant.code_on_screen(), code, "the same until it is used");
    let paid = merchant.charge("scanned", &code, 900).is(201, "SUCCESS");
    assert_eq!(paid["status"], "COMPLETED");
    assert!(
        !paid.to_string().contains(&code),
        "a secret that has done its work"
    );
    assert_eq!(
        merchant.charge("scanned", &code, 900).is(201, "SUCCESS"),
        paid
    );
    let invalid = ("", "INVALID_USER_AUTHORIZATION_ID");
    merchant
        .charge("again", &code, 1)
        .refused(401, invalid.0, invalid.1);
    merchant
        .charge("guess", "28000000000000000000", 1)
        .refused(401, invalid.0, invalid.1);

    let next = merchant.code_on_screen();
    assert_ne!(next, code);
    merchant.advance(300);
    merchant
        .charge("late", &next, 1)
        .refused(401, "", "EXPIRED_USER_AUTHORIZATION_ID");
}

#[test]
fn a_scanned_code_may_reserve() {
    let merchant = Merchant::new();
    let body = merchant.charge_body("scanned", &merchant.code_on_screen(), 900);
    let reserved = merchant
        .post("/v2/payments/preauthorize", body)
        .is(201, "SUCCESS");
    assert_eq!(reserved["status"], "AUTHORIZED");
}

#[test]
fn the_customer_may_be_short_of_money() {
    let merchant = Merchant::new();
    let user = merchant.linked_user();
    let balance =
        format!("/v2/wallet/check_balance?userAuthorizationId={user}&amount=900&currency=JPY");
    let enough = |yes: bool| json!({ "hasEnoughBalance": yes });
    assert_eq!(merchant.get(&balance).is(200, "SUCCESS"), enough(true));
    merchant.form("/wallet", "balance=low");
    assert_eq!(merchant.get(&balance).is(200, "SUCCESS"), enough(false));
    merchant
        .charge("linked", &user, 900)
        .refused(400, "", "NO_SUFFICIENT_FUND");
    let code = merchant.code_on_screen();
    for _ in 0..2 {
        // The code is used up, and who asks again hears the same.
        merchant
            .charge("scanned", &code, 900)
            .refused(400, "", "NO_SUFFICIENT_FUND");
    }
    merchant
        .charge("other", &code, 900)
        .refused(401, "", "INVALID_USER_AUTHORIZATION_ID");
    // It was for the next payment only.
    assert_eq!(merchant.get(&balance).is(200, "SUCCESS"), enough(true));
    let malformed = balance.replace("amount=900", "amount=much");
    merchant
        .get(&malformed)
        .refused(400, "08100006", "INVALID_REQUEST_PARAMS");
}
