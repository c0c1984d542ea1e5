"""A client of the mpac-pgw PaymentIntent API for a merchant's back end. Standard library only."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field, fields
from typing import Any, Optional, Sequence

DEFAULT_BASE_URL = "http://127.0.0.1:4242"


class MpacPgwError(Exception):
    """The gateway answered, and the answer is an error."""

    def __init__(self, http_status: int, code: Optional[str], message: str, param: Optional[str]):
        super().__init__(message)
        self.http_status = http_status
        self.code = code
        self.message = message
        self.param = param

    @classmethod
    def from_answer(cls, http_status: int, body: bytes) -> MpacPgwError:
        """Reads the answer's `error` object, and copes with an answer that has none."""
        answer = _parse(body)
        error = answer.get("error") if isinstance(answer, dict) else None
        if not isinstance(error, dict):
            error = {}
        message = error.get("message") or f"the gateway answered HTTP {http_status} without saying why"
        return cls(http_status, error.get("code"), message, error.get("param"))


class MpacPgwConnectionError(Exception):
    """No answer, so the outcome is unknown: look the order up, or repeat with the same key."""


@dataclass(frozen=True)
class PaymentIntent:
    """A payment, as the gateway describes it. Its `repr` does not show the `payment_token`."""

    id: str
    object: str
    status: str
    amount: int
    currency: str
    payment_method_types: list[str]
    capture_method: str
    expires_at: str
    created_at: str
    merchant_store_id: Optional[str] = None
    merchant_terminal_id: Optional[str] = None
    payment_token: Optional[str] = field(default=None, repr=False)

    @classmethod
    def from_answer(cls, http_status: int, body: bytes) -> PaymentIntent:
        """Keeps the fields known here; a newer gateway may send more."""
        answer = _parse(body)
        try:
            return cls(**{f.name: answer[f.name] for f in fields(cls) if f.name in answer})
        except TypeError:
            raise MpacPgwError(http_status, None, "the answer is not a PaymentIntent", None) from None


def canonical_string(method: str, path: str, timestamp: int, body: bytes = b"") -> str:
    """The string that a request's signature covers. `path` includes the query string, as sent."""
    return "\n".join([method, path, str(timestamp), hashlib.sha256(body).hexdigest()])


def authorization(
    merchant_id: str, secret_key: str, method: str, path: str, timestamp: int, body: bytes = b""
) -> str:
    """The value of a request's Authorization header. `timestamp` is in seconds since 1970."""
    message = canonical_string(method, path, timestamp, body)
    signature = hmac.new(secret_key.encode(), message.encode(), hashlib.sha256).hexdigest()
    return f"HMAC-SHA256 {merchant_id}:{timestamp}:{signature}"


class MpacPgwClient:
    def __init__(
        self,
        merchant_id: str,
        secret_key: str,
        base_url: str = DEFAULT_BASE_URL,
        timeout: float = 10.0,
        max_retries: int = 2,
    ):
        self.merchant_id = merchant_id
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.max_retries = max_retries
        self._secret_key = secret_key
        self._opener = urllib.request.build_opener(_NoRedirects)

    def create_payment_intent(
        self,
        *,
        merchant_ref_id: str,
        amount: int,
        payment_method_types: Sequence[str],
        currency: str = "JPY",
        capture_method: str = "automatic",
        merchant_store_id: Optional[str] = None,
        merchant_terminal_id: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> PaymentIntent:
        """Creates a PaymentIntent; `amount` is in minor units (yen for JPY).

        Store `idempotency_key` with your order if you may have to repeat the call after a restart:
        the gateway answers a repeated key with the payment it already made.
        """
        params = {
            "merchant_ref_id": merchant_ref_id,
            "merchant_store_id": merchant_store_id,
            "merchant_terminal_id": merchant_terminal_id,
            "amount": amount,
            "currency": currency,
            "payment_method_types": list(payment_method_types),
            "capture_method": capture_method,
        }
        body = json.dumps({name: value for name, value in params.items() if value is not None}).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key or str(uuid.uuid4()),
        }
        return PaymentIntent.from_answer(*self._request("POST", "/v1/payment_intents", body, headers))

    def retrieve_payment_intent(self, payment_intent_id: str) -> PaymentIntent:
        path = "/v1/payment_intents/" + urllib.parse.quote(payment_intent_id, safe="")
        return PaymentIntent.from_answer(*self._request("GET", path))

    def _request(
        self, method: str, path: str, body: bytes = b"", headers: Optional[dict[str, str]] = None
    ) -> tuple[int, bytes]:
        """Sends until there is an answer worth keeping, every time with the same headers and body."""
        attempt = 0
        while True:
            retry_after = None
            try:
                return self._send(method, path, body, headers or {})
            except urllib.error.HTTPError as error:
                with error:
                    answer = error.read()
                temporary = error.code == 429 or error.code >= 500
                if attempt >= self.max_retries or not temporary:
                    raise MpacPgwError.from_answer(error.code, answer) from None
                retry_after = error.headers.get("Retry-After")
            except (OSError, http.client.HTTPException) as error:
                if attempt >= self.max_retries:
                    raise MpacPgwConnectionError(f"no answer from the gateway: {error}") from error
            time.sleep(_delay(attempt, retry_after))
            attempt += 1

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        request = urllib.request.Request(
            self.base_url + path, data=body or None, headers=headers, method=method
        )
        # Signed for each attempt: the gateway refuses a timestamp that is minutes old.
        request.add_header(
            "Authorization",
            authorization(
                self.merchant_id, self._secret_key, method, request.selector, int(time.time()), body
            ),
        )
        with self._opener.open(request, timeout=self.timeout) as response:
            return response.status, response.read()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A signed request is for one host and path; following a redirect would show it to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _delay(attempt: int, retry_after: Optional[str]) -> float:
    """Seconds to wait: what the gateway asks for, else doubling from 0.5 s, with jitter."""
    if retry_after is not None and retry_after.isdecimal():
        return min(int(retry_after), 30)
    return 0.5 * 2**attempt * random.uniform(0.5, 1)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {}
