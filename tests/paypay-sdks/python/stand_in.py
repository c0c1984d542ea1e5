"""PayPay's SDK, set up for the stand-in, and what its answers are judged by."""

import itertools
import os
import unittest

import paypayopa
import requests

URL = os.environ["PAYPAY_URL"]
API_KEY = os.environ["PAYPAY_API_KEY"]
API_SECRET = os.environ["PAYPAY_API_SECRET"]
MERCHANT = os.environ["PAYPAY_MERCHANT_ID"]

OK = (200, "SUCCESS", "08100001")
CREATED = (201, "SUCCESS", "08100001")
ACCEPTED = (202, "REQUEST_ACCEPTED", "08100001")

_count = itertools.count(1)


def new_id(what):
    """An id that no other test uses."""
    return f"python-{what}-{os.getpid()}-{next(_count)}"


def yen(amount):
    return {"amount": amount, "currency": "JPY"}


class SdkTest(unittest.TestCase):
    """A test with an SDK. The SDK keeps the HTTP status to itself; its session tells."""

    def setUp(self):
        self.statuses = []
        self.sdk = self.new_sdk()

    def new_sdk(self, secret=API_SECRET, merchant=None):
        session = requests.Session()
        session.hooks["response"].append(
            lambda response, **_: self.statuses.append(response.status_code)
        )
        self.addCleanup(session.close)
        sdk = paypayopa.Client(session=session, auth=(API_KEY, secret), base_url=URL)
        sdk.set_assume_merchant(merchant)
        return sdk

    def check(self, answer, expected, status=None):
        """Judges an answer. `status` is that of the data, where there is one."""
        info, data = answer["resultInfo"], answer["data"]
        found = (self.statuses[-1], info["code"], info["codeId"])
        self.assertEqual(found, expected, info)
        self.assertEqual((data or {}).get("status"), status)
        if expected[0] >= 400:
            self.assertIsNone(data)
        return data
