"""Every call of PayPay's integration guide, in its order, through PayPay's own Python SDK."""

import base64
import time
import unittest

import jwt

import customer
from stand_in import ACCEPTED, API_KEY, API_SECRET, CREATED, MERCHANT, OK, SdkTest, new_id, yen

ALREADY_CAPTURED = (400, "ALREADY_CAPTURED", "00200039")
ALREADY_PAID = (400, "DYNAMIC_QR_ALREADY_PAID", "01652074")
CODE_NOT_FOUND = (404, "DYNAMIC_QR_NOT_FOUND", "01652072")
DUPLICATE_CODE = (400, "DUPLICATE_DYNAMIC_QR_REQUEST", "01652073")
INVALID_USER = (401, "INVALID_USER_AUTHORIZATION_ID", "")
NO_SUCH_REFUND = (404, "NO_SUCH_REFUND_ORDER", "00200018")
NOT_CANCELABLE = (400, "ORDER_NOT_CANCELABLE", "00200042")
NOT_REVERSIBLE = (400, "ORDER_NOT_REVERSIBLE", "00200044")
PAYMENT_NOT_FOUND = (400, "DYNAMIC_QR_PAYMENT_NOT_FOUND", "01652075")
SECOND_REFUND = (400, "UNACCEPTABLE_OP", "00200014")
SIMILAR = (400, "SUSPECTED_DUPLICATE_PAYMENT", "00200017")
TIMED_OUT = (500, "INTERNAL_SERVER_ERROR", "00200034")
UNAUTHORIZED = (401, "UNAUTHORIZED", "08100016")


def read(token):
    """The SDK's own decode_jwt fails on any token that names an audience, as PayPay's do."""
    key = base64.b64decode(API_SECRET)
    issuer = "paypay.ne.jp"
    return jwt.decode(token, key, algorithms=["HS256"], audience=API_KEY, issuer=issuer)


class Calls(SdkTest):
    def create_code(self, **more):
        payload = {
            "merchantPaymentId": new_id("order"),
            "amount": yen(1200),
            "codeType": "ORDER_QR",
            "orderDescription": "ケーキ ☕",
            "isAuthorization": False,
            "redirectUrl": "https://paypay.ne.jp/",
            "redirectType": "WEB_LINK",
            **more,
        }
        data = self.check(self.sdk.Code.create_qr_code(payload), CREATED)
        self.assertRegex(data["codeId"], "^04-")
        return data, payload

    def paid_code(self, **more):
        code, _ = self.create_code(**more)
        customer.pay(code["url"])
        status = "AUTHORIZED" if more.get("isAuthorization") else "COMPLETED"
        return code, self.code_details(code, status)["paymentId"]

    def code_details(self, code, status):
        answer = self.sdk.Code.get_payment_details(code["merchantPaymentId"])
        return self.check(answer, OK, status)

    def link(self, act):
        """What the customer's answer to an account link says, and the nonce it is for."""
        payload = {
            "scopes": ["direct_debit"],
            "nonce": new_id("nonce"),
            "redirectType": "WEB_LINK",
            "redirectUrl": "https://merchant.example/linked",
            "referenceId": new_id("customer"),
        }
        data = self.check(self.sdk.Account.create_qr_session(payload), CREATED)
        token = act(data["linkQRCodeURL"])["responseToken"]
        return token, payload

    def linked_customer(self):
        token, payload = self.link(customer.consent)
        claims = read(token)
        self.assertEqual(claims["result"], "succeeded")
        self.assertEqual(claims["nonce"], payload["nonce"])
        self.assertEqual(claims["referenceId"], payload["referenceId"])
        return claims["userAuthorizationId"]


class Codes(Calls):
    def test_a_code_is_created_looked_up_and_paid(self):
        code, _ = self.create_code()
        self.assertEqual(self.code_details(code, "CREATED")["acceptedAt"], 0)
        customer.pay(code["url"])
        paid = self.code_details(code, "COMPLETED")
        self.assertRegex(paid["paymentId"], r"^\d{20}$")
        self.assertEqual(paid["amount"], yen(1200))
        self.assertEqual(paid["orderDescription"], "ケーキ ☕")

    def test_items_come_back_with_unit_price(self):
        item = {"name": "ケーキ", "quantity": 2, "unitPrice": yen(600), "productId": "p-1"}
        code, _ = self.create_code(orderItems=[item])
        item["unit_price"] = item.pop("unitPrice")
        self.assertEqual(code["orderItems"], [item])

    def test_a_code_cannot_be_created_twice(self):
        _, payload = self.create_code()
        self.check(self.sdk.Code.create_qr_code(payload), DUPLICATE_CODE)

    def test_a_deleted_code_cannot_be_looked_up_or_paid(self):
        code, _ = self.create_code()
        deleted = self.check(self.sdk.Code.delete_qr_code(code["codeId"]), OK)
        self.assertEqual(deleted, {"qrStatus": "DELETED"})
        details = self.sdk.Code.get_payment_details(code["merchantPaymentId"])
        self.check(details, PAYMENT_NOT_FOUND)
        self.check(self.sdk.Code.delete_qr_code(code["codeId"]), CODE_NOT_FOUND)
        with self.assertRaises(customer.Refused):
            customer.pay(code["url"])

    def test_a_paid_code_cannot_be_deleted(self):
        code, _ = self.paid_code()
        self.check(self.sdk.Code.delete_qr_code(code["codeId"]), ALREADY_PAID)

    def test_a_code_that_was_never_created_is_not_found(self):
        self.check(self.sdk.Code.get_payment_details(new_id("order")), PAYMENT_NOT_FOUND)
        self.check(self.sdk.Code.delete_qr_code(new_id("code")), CODE_NOT_FOUND)


class CancelsAndRefunds(Calls):
    def refund(self, payment_id, amount=1200):
        return {
            "merchantRefundId": new_id("refund"),
            "paymentId": payment_id,
            "amount": yen(amount),
            "reason": "reason for refund",
        }

    def test_a_cancelled_payment_fails(self):
        code, _ = self.paid_code()
        self.check(self.sdk.Payment.cancel_payment(code["merchantPaymentId"]), ACCEPTED)
        self.code_details(code, "FAILED")

    def test_a_refunded_payment_cannot_be_cancelled(self):
        code, payment_id = self.paid_code()
        self.check(self.sdk.Payment.refund_payment(self.refund(payment_id)), OK, "REFUNDED")
        self.check(self.sdk.Payment.cancel_payment(code["merchantPaymentId"]), NOT_REVERSIBLE)

    def test_an_error_of_paypay_has_its_code(self):
        order = "error-00200034-" + new_id("order")
        self.check(self.sdk.Payment.cancel_payment(order), TIMED_OUT)

    def test_a_refund_is_made_once_and_looked_up(self):
        code, payment_id = self.paid_code()
        refund = self.refund(payment_id)
        made = self.check(self.sdk.Payment.refund_payment(refund), OK, "REFUNDED")
        found = self.sdk.Payment.refund_details(refund["merchantRefundId"])
        self.assertEqual(self.check(found, OK, "REFUNDED"), made)
        self.code_details(code, "REFUNDED")
        self.check(self.sdk.Payment.refund_payment(refund), OK, "REFUNDED")
        second = self.sdk.Payment.refund_payment(self.refund(payment_id))
        self.check(second, SECOND_REFUND)

    def test_a_part_can_be_refunded(self):
        _, payment_id = self.paid_code()
        part = self.sdk.Payment.refund_payment(self.refund(payment_id, 500))
        self.assertEqual(self.check(part, OK, "REFUNDED")["amount"], yen(500))

    def test_a_refund_that_was_never_made_is_not_found(self):
        self.check(self.sdk.Payment.refund_details(new_id("refund")), NO_SUCH_REFUND)


class AuthorisedPayments(Calls):
    def capture(self, code, amount):
        return {
            "merchantPaymentId": code["merchantPaymentId"],
            "merchantCaptureId": new_id("capture"),
            "amount": yen(amount),
            "orderDescription": "Order Shipped, Cake with toppings",
        }

    def revert(self, payment_id):
        return {
            "merchantRevertId": new_id("revert"),
            "paymentId": payment_id,
            "reason": "reason for revert",
        }

    def test_it_is_captured_once(self):
        code, _ = self.paid_code(isAuthorization=True)
        captured = self.sdk.Payment.capture_payment(self.capture(code, 1000))
        data = self.check(captured, OK, "COMPLETED")
        self.assertEqual(data["captures"]["data"][0]["amount"], yen(1000))
        again = self.sdk.Payment.capture_payment(self.capture(code, 1000))
        self.check(again, ALREADY_CAPTURED)

    def test_it_is_released_once(self):
        code, payment_id = self.paid_code(isAuthorization=True)
        reverted = self.sdk.Payment.revert_payment(self.revert(payment_id))
        self.assertEqual(self.check(reverted, OK, "CANCELED")["paymentId"], payment_id)
        self.code_details(code, "CANCELED")
        again = self.sdk.Payment.revert_payment(self.revert(payment_id))
        self.check(again, NOT_CANCELABLE)

    def test_a_higher_capture_waits_for_the_customer(self):
        code, _ = self.paid_code(isAuthorization=True)
        asked = self.sdk.Payment.capture_payment(self.capture(code, 1300))
        self.check(asked, (202, "USER_CONFIRMATION_REQUIRED", "08300103"))
        self.code_details(code, "AUTHORIZED")


class LinkedCustomers(Calls):
    def payment(self, user, amount):
        return {
            "merchantPaymentId": new_id("payment"),
            "userAuthorizationId": user,
            "amount": yen(amount),
            "orderDescription": "Mune's Favourite Cake",
        }

    def test_consent_can_be_looked_up_and_ended(self):
        user = self.linked_customer()
        found = self.check(self.sdk.User.get_authorization_status(user), OK, "ACTIVE")
        self.assertEqual(found["userAuthorizationId"], user)
        self.assertEqual(found["scopes"], ["direct_debit"])
        self.check(self.sdk.User.unlink_user_athorization(user), ACCEPTED)
        self.check(self.sdk.User.get_authorization_status(user), OK, "INACTIVE")
        self.check(self.sdk.Payment.create(self.payment(user, 100)), INVALID_USER)

    def test_a_customer_is_charged_and_not_twice_by_mistake(self):
        user = self.linked_customer()
        payment = self.payment(user, 100)
        made = self.check(self.sdk.Payment.create(payment), CREATED, "COMPLETED")
        again = self.check(self.sdk.Payment.create(payment), CREATED, "COMPLETED")
        self.assertEqual(again["paymentId"], made["paymentId"])
        self.check(self.sdk.Payment.create(self.payment(user, 100)), SIMILAR)
        details = self.sdk.Payment.get_payment_details(payment["merchantPaymentId"])
        found = self.check(details, OK, "COMPLETED")
        self.assertEqual(found["paymentId"], made["paymentId"])

    def test_a_direct_payment_is_cancelled(self):
        payment = self.payment(self.linked_customer(), 100)
        self.check(self.sdk.Payment.create(payment), CREATED, "COMPLETED")
        self.check(self.sdk.Payment.cancel_payment(payment["merchantPaymentId"]), ACCEPTED)
        details = self.sdk.Payment.get_payment_details(payment["merchantPaymentId"])
        self.check(details, OK, "FAILED")

    def test_money_is_reserved_and_captured(self):
        payment = self.payment(self.linked_customer(), 300)
        expires = int(time.time()) + 86_400
        reserved = self.sdk.Preauth.pre_authorize_create({**payment, "expiresAt": expires})
        data = self.check(reserved, CREATED, "AUTHORIZED")
        self.assertEqual(data["expiresAt"], expires)
        capture = {
            "merchantPaymentId": payment["merchantPaymentId"],
            "merchantCaptureId": new_id("capture"),
            "amount": yen(300),
            "orderDescription": "Order Shipped",
        }
        self.check(self.sdk.Payment.capture_payment(capture), OK, "COMPLETED")

    def test_a_customer_who_declined_has_no_authorization(self):
        token, _ = self.link(customer.decline)
        claims = read(token)
        self.assertEqual(claims["result"], "declined")
        self.assertNotIn("userAuthorizationId", claims)


class Signatures(Calls):
    def test_another_secret_is_refused(self):
        self.sdk = self.new_sdk(secret="bm90IHRoZSBzZWNyZXQ=")
        self.check(self.sdk.Code.get_payment_details("order"), UNAUTHORIZED)

    def test_a_merchant_is_taken_and_another_refused(self):
        self.sdk = self.new_sdk(merchant=MERCHANT)
        self.check(self.sdk.Code.get_payment_details(new_id("order")), PAYMENT_NOT_FOUND)
        self.sdk = self.new_sdk(merchant="another")
        self.check(self.sdk.Code.get_payment_details(new_id("order")), UNAUTHORIZED)


if __name__ == "__main__":
    unittest.main()
