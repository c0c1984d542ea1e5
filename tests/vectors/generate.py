#!/usr/bin/env python3
"""Writes request_signing.json, webhook_signing.json and card_results.json: what a signed request to
mpac-pgw, a signed webhook from it, and a signed result of the card app look like, byte for byte.

Python's standard library computes the vectors, so that they prove the implementations in Rust, Node,
Python, Go, Kotlin and Swift against something none of them shares. `--check` fails if a file is not up
to date; `--openssl` computes every digest a second time with the openssl command.

The secrets are made up and open nothing.
"""

import argparse
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys

import card_results

FOLDER = pathlib.Path(__file__).parent
SECRET = "sk_test_not_a_real_secret"
MERCHANT = "test_merchant"
NOW = 1_765_188_000  # 2025-12-08T10:00:00Z

CREATE = '{"merchant_ref_id":"order_2025_001","amount":2500,"currency":"JPY","payment_method_types":["qr_mpm"]}'

# name, method, path, body, and whatever differs from the defaults above
CASES = [
    ("create_payment_intent", "POST", "/v1/payment_intents", CREATE, {}),
    ("create_with_spaces_and_newlines_kept", "POST", "/v1/payment_intents", '{\n  "amount": 2500\n}\n', {}),
    ("post_with_empty_body", "POST", "/v1/payment_intents/pi_01HXY0000000000000000000/cancel", "", {}),
    ("post_with_empty_object", "POST", "/v1/payment_intents/pi_01HXY0000000000000000000/cancel", "{}", {}),
    ("get_without_body", "GET", "/v1/payment_intents/pi_01HXY0000000000000000000", "", {}),
    (
        "get_with_query_string",
        "GET",
        "/v1/payment_intents/pi_x?payment_token=pi_x_secret_not_a_real_token",
        "",
        {},
    ),
    (
        "query_string_order_and_escapes_kept",
        "GET",
        "/v1/payment_intents?status=succeeded&merchant_ref_id=order%2F1+a&limit=10&limit=&x",
        "",
        {},
    ),
    ("path_with_escapes_kept", "GET", "/v1/payment_intents/%E6%B3%A8%e6%96%87", "", {}),
    ("delete", "DELETE", "/v1/webhook_endpoints/we_01HXY0000000000000000000", "", {}),
    ("put", "PUT", "/v1/payment_intents", "{}", {}),
    ("patch", "PATCH", "/v1/payment_intents", "{}", {}),
    ("root_path", "GET", "/", "", {}),
    (
        "japanese_body",
        "POST",
        "/v1/payment_intents",
        '{"merchant_ref_id":"注文_2025_001","description":"抹茶ラテ 🍵 ×2、税込"}',
        {},
    ),
    ("long_body", "POST", "/v1/payment_intents", '{"note":"' + "あいう0123456789" * 400 + '"}', {}),
    (
        "non_ascii_secret",
        "POST",
        "/v1/payment_intents",
        CREATE,
        {"secret_key": "偽の秘密鍵_naïve_🔑"},
    ),
    (
        "secret_longer_than_a_sha256_block",
        "POST",
        "/v1/payment_intents",
        CREATE,
        {"secret_key": "sk_test_fake_" + "0123456789abcdef" * 8},
    ),
    (
        "secret_of_exactly_one_sha256_block",
        "POST",
        "/v1/payment_intents",
        CREATE,
        {"secret_key": "sk_test_fake_".ljust(64, "x")},
    ),
    ("another_merchant", "POST", "/v1/payment_intents", CREATE, {"merchant_id": "mer-Tokyo.01"}),
    ("one_second_later", "POST", "/v1/payment_intents", CREATE, {"timestamp": NOW + 1}),
    ("early_timestamp", "GET", "/v1/payment_intents", "", {"timestamp": 1}),
    ("timestamp_after_2038", "GET", "/v1/payment_intents", "", {"timestamp": 4_102_444_800}),
]

WEBHOOK_SECRET = "whsec_not_a_real_secret"
EVENT = (
    '{"id":"evt_01HXY0000000000000000000","type":"payment_intent.succeeded","data":{"object":'
    '{"id":"pi_01HXY0000000000000000000","status":"succeeded","amount":2500,"currency":"JPY"}},'
    '"created":1765188000}'
)

# name, secret, timestamp, body
WEBHOOKS = [
    ("event", WEBHOOK_SECRET, NOW, EVENT),
    ("one_second_later", WEBHOOK_SECRET, NOW + 1, EVENT),
    ("another_secret", "whsec_another", NOW, EVENT),
    ("empty_body", WEBHOOK_SECRET, NOW, ""),
    ("spaces_and_newlines_kept", WEBHOOK_SECRET, NOW, '{\n  "id": "evt_1"\n}\n'),
    ("japanese_body", WEBHOOK_SECRET, NOW, '{"note":"抹茶ラテ 🍵"}'),
    ("non_ascii_secret", "偽の秘密鍵_🔑", NOW, EVENT),
    ("secret_longer_than_a_sha256_block", "whsec_" + "0123456789abcdef" * 8, NOW, EVENT),
    ("timestamp_after_2038", WEBHOOK_SECRET, 4_102_444_800, EVENT),
]


def webhook(name, secret, timestamp, body):
    message = f"{timestamp}.{body}"
    signature = hmac.new(secret.encode("utf-8"), message.encode("utf-8"), hashlib.sha256).hexdigest()
    return {
        "name": name,
        "secret": secret,
        "timestamp": timestamp,
        "body": body,
        "message": message,
        "signature": signature,
        "header": f"t={timestamp},v1={signature}",
    }


def vector(name, method, path, body, changes):
    secret = changes.get("secret_key", SECRET)
    merchant = changes.get("merchant_id", MERCHANT)
    timestamp = changes.get("timestamp", NOW)
    body_sha256 = hashlib.sha256(body.encode("utf-8")).hexdigest()
    message = "\n".join([method, path, str(timestamp), body_sha256])
    signature = hmac.new(secret.encode("utf-8"), message.encode("utf-8"), hashlib.sha256).hexdigest()
    return {
        "name": name,
        "secret_key": secret,
        "merchant_id": merchant,
        "method": method,
        "path": path,
        "timestamp": timestamp,
        "body": body,
        "body_sha256": body_sha256,
        "message": message,
        "signature": signature,
        "authorization": f"HMAC-SHA256 {merchant}:{timestamp}:{signature}",
    }


def openssl(text, *options):
    command = ["openssl", "dgst", "-sha256", "-r", *options]
    done = subprocess.run(command, input=text.encode("utf-8"), stdout=subprocess.PIPE, check=True)
    return done.stdout.split()[0].decode("ascii")


def cross_check(vectors, webhooks):
    for v in webhooks:
        key = "hexkey:" + v["secret"].encode("utf-8").hex()
        assert openssl(v["message"], "-mac", "HMAC", "-macopt", key) == v["signature"], v["name"]
    for v in vectors:
        key = "hexkey:" + v["secret_key"].encode("utf-8").hex()
        assert openssl(v["body"]) == v["body_sha256"], v["name"]
        assert openssl(v["message"], "-mac", "HMAC", "-macopt", key) == v["signature"], v["name"]
    print(f"openssl agrees on {len(vectors) + len(webhooks)} vectors")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    parser.add_argument("--openssl", action="store_true", help="compute the digests with openssl too")
    options = parser.parse_args()

    vectors = [vector(*case) for case in CASES]
    webhooks = [webhook(*case) for case in WEBHOOKS]
    cards = card_results.vectors()
    for group in (vectors, webhooks):
        assert len({v["name"] for v in group}) == len(group), "names must be unique"
    if options.openssl:
        cross_check(vectors, webhooks)
        card_results.cross_check(cards)
    files = {
        "request_signing.json": vectors,
        "webhook_signing.json": webhooks,
        "card_results.json": cards,
    }
    for name, group in files.items():
        text = json.dumps(group, ensure_ascii=False, indent=2) + "\n"
        file = FOLDER / name
        if not options.check:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            sys.exit(f"{name} is not what generate.py computes: run it and commit the file")
        print(f"{len(cards['results'] if group is cards else group)} vectors in {name}")


if __name__ == "__main__":
    main()
