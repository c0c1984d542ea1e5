import json
import pathlib
import unittest

from mpac_pgw import MpacPgwClient, PaymentIntent, authorization, canonical_string

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "tests/vectors/request_signing.json"


class Signing(unittest.TestCase):
    """One test per vector."""


def signs(vector):
    def test(self):
        request = (vector["method"], vector["path"], vector["timestamp"], vector["body"].encode())
        self.assertEqual(canonical_string(*request), vector["message"])
        header = authorization(vector["merchant_id"], vector["secret_key"], *request)
        self.assertEqual(header, vector["authorization"])

    return test


for _vector in json.loads(VECTORS.read_text(encoding="utf-8")):
    setattr(Signing, f"test_signs_{_vector['name']}", signs(_vector))


class Secrets(unittest.TestCase):
    def test_repr_shows_no_secret(self):
        payment = PaymentIntent(
            id="pi_1",
            object="payment_intent",
            status="requires_payment_method",
            amount=1,
            currency="JPY",
            payment_method_types=["cash"],
            capture_method="automatic",
            expires_at="2025-12-08T10:30:00Z",
            created_at="2025-12-08T10:00:00Z",
            payment_token="pi_1_secret_canary",
        )
        client = MpacPgwClient("test_merchant", "sk_canary")
        self.assertNotIn("canary", repr((payment, client)))


if __name__ == "__main__":
    unittest.main()
