"""Results of the card app, contract version 2, signed and not: for generate.py.

ECDSA on P-256 with the nonces of RFC 6979, so that the same result always has the same signature. The
keys are in no use: the card app's is the RFC's own example (A.2.5).
"""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import tempfile

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
CARD_APP = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
FOREIGN = 0x0F56DB78CA460B055C500064824BED999A25AAF48EBB519AC201537B85479813

# What stands before the point in the DER of a SubjectPublicKeyInfo.
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

APPROVED = {
    "version": 2,
    "attempt_id": "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c",
    "nonce": "00112233445566778899aabbccddeeff",
    "outcome": "approved",
    "amount": 12800,
    "currency": "JPY",
    "approval_code": "NOTREAL1",
    "card_brand": "VISA",
    "masked_pan": "************0000",
    "processed_at": "2025-12-08T10:30:00Z",
}
SIX = ("version", "attempt_id", "nonce", "outcome", "amount", "currency")
DECLINED = {name: APPROVED[name] for name in SIX} | {"outcome": "declined", "reason": "残高不足です"}
AWKWARD = "\"quoted\" \\ / tab\t line\nreturn\r\b\f\x01\x1f\x7f é 抹茶 🍵 \u2028 </script>"


def add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    if p == q:
        slope = (3 * p[0] * p[0] - 3) * pow(2 * p[1], -1, P)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def times(scalar, point=G):
    total = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def public_key(private):
    x, y = times(private)
    assert (y * y - x**3 + 3 * x - B) % P == 0
    return SPKI + b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def nonces(private, digest):
    seed = private.to_bytes(32, "big") + (int.from_bytes(digest, "big") % N).to_bytes(32, "big")
    key, value = bytes(32), b"\x01" * 32
    mac = lambda data: hmac.new(key, data, hashlib.sha256).digest()
    for step in (b"\x00", b"\x01"):
        key = mac(value + step + seed)
        value = mac(value)
    while True:
        value = mac(value)
        yield int.from_bytes(value, "big")
        key = mac(value + b"\x00")
        value = mac(value)


def integer(number):
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([2, len(octets)]) + octets


def sign(text, private=CARD_APP):
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    for k in nonces(private, digest):
        if not 0 < k < N:
            continue
        r = times(k)[0] % N
        s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * private) % N
        if r and s:
            pair = integer(r) + integer(s)
            return base64.b64encode(bytes([0x30, len(pair)]) + pair).decode("ascii")


def canonical(members):
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text(members, signature):
    signed = dict(members) if signature is None else members | {"signature": signature}
    return json.dumps(signed, ensure_ascii=False, separators=(",", ":"))


def cases():
    """name, what was signed, the JSON that comes, and why a terminal with the key refuses it"""
    whole = text(APPROVED, sign(canonical(APPROVED)))
    declined = text(DECLINED, sign(canonical(DECLINED)))

    def good(name, json_text, signed=APPROVED):
        return name, signed, json_text, None

    def bad(name, json_text, signed=APPROVED, refusal="wrong_signature"):
        return name, signed, json_text, refusal

    def whole_of(members):
        return text(members, sign(canonical(members)))

    def altered(old, new, of=whole):
        assert of.count(old) == 1, old
        return of.replace(old, new)

    awkward = DECLINED | {"reason": AWKWARD}
    more = APPROVED | {"acquirer": "Bank", "batch": 17}
    less = {name: APPROVED[name] for name in (*SIX, "approval_code", "card_brand")}
    url_safe = sign(canonical(APPROVED)).rstrip("=").replace("+", "-").replace("/", "_")
    yield good("approved", whole)
    yield good("declined", declined, DECLINED)
    yield good("cancelled", whole_of(less_of("cancelled")), less_of("cancelled"))
    yield good("error", whole_of(less_of("error")), less_of("error"))
    yield good("without_what_only_informs", whole_of(less), less)
    yield good("awkward_text", whole_of(awkward), awkward)
    yield good("members_that_this_version_does_not_know", whole_of(more), more)
    reordered = dict(reversed(json.loads(whole).items()))
    yield good("another_order_and_spaces", json.dumps(reordered, ensure_ascii=False, indent=2))
    yield good("characters_escaped", altered('"approved"', '"\\u0061pproved"'))
    yield good("amount_with_a_fraction_of_zero", altered("12800", "12800.0"))
    yield good("amount_with_an_exponent", altered("12800", "1.28e4"))
    yield good("amount_in_quotes", altered("12800", '"12800"'))
    yield good("version_with_a_fraction_of_zero", altered('"version":2', '"version":2.0'))
    yield good("members_that_are_neither_text_nor_whole", altered("{", '{"reason":null,"tip":0.5,"a":[1],"b":{},"c":true,'))
    yield good("signature_in_the_other_alphabet", altered(sign(canonical(APPROVED)), url_safe))
    yield bad("amount_altered", altered("12800", "1280"))
    yield bad("currency_altered", altered("JPY", "USD"))
    yield bad("outcome_altered", altered("declined", "approved", declined), DECLINED)
    yield bad("attempt_altered", altered("6b0f4c1e", "7b0f4c1e"))
    yield bad("nonce_altered", altered("00112233", "10112233"))
    yield bad("approval_code_altered", altered("NOTREAL1", "NOTREAL2"))
    yield bad("card_brand_altered", altered("VISA", "AMEX"))
    yield bad("masked_pan_altered", altered("*0000", "*0001"))
    yield bad("reason_altered", altered("残高不足です", "paid", declined), DECLINED)
    yield bad("member_added", altered("{", '{"reason":"paid",'))
    yield bad("member_taken_away", altered('"masked_pan":"************0000",', ""))
    yield bad("member_twice", altered("{", '{"masked_pan":"************0001",'))
    yield bad("signed_by_a_foreign_key", text(APPROVED, sign(canonical(APPROVED), FOREIGN)))
    yield bad("signature_of_another_result", text(APPROVED, sign(canonical(DECLINED))))
    yield bad("signature_cut_short", text(APPROVED, sign(canonical(APPROVED))[:-8]))
    yield bad("signature_that_is_none", text(APPROVED, "not a signature"))
    yield bad("signature_empty", text(APPROVED, ""))
    missing = "missing_signature"
    yield bad("not_signed", text(APPROVED, None), refusal=missing)
    yield bad("signature_null", altered("{", '{"signature":null,', text(APPROVED, None)), refusal=missing)
    older = APPROVED | {"version": 1}
    yield bad("version_1", text(older, None), older, missing)
    yield bad("version_1_with_a_signature", whole_of(older), older, missing)


def less_of(outcome):
    return {name: APPROVED[name] for name in SIX} | {"outcome": outcome}


def vectors():
    results = [
        {"name": name, "signed": canonical(signed), "json": json_text, "refusal": refusal}
        for name, signed, json_text, refusal in cases()
    ]
    assert len({result["name"] for result in results}) == len(results), "names must be unique"
    encoded = lambda private: base64.b64encode(public_key(private)).decode("ascii")
    return {
        "private_key": f"{CARD_APP:064x}",
        "public_key": encoded(CARD_APP),
        "foreign_public_key": encoded(FOREIGN),
        "results": results,
    }


def openssl_accepts(signed, signature, key):
    with tempfile.TemporaryDirectory() as folder:
        files = {"key": base64.b64decode(key), "signature": base64.b64decode(signature)}
        for name, octets in files.items():
            pathlib.Path(folder, name).write_bytes(octets)
        command = ["openssl", "dgst", "-sha256", "-keyform", "DER", "-verify", "key"]
        command += ["-signature", "signature"]
        done = subprocess.run(command, input=signed.encode("utf-8"), cwd=folder, stdout=subprocess.PIPE)
        return done.returncode == 0


def cross_check(file):
    names = ("approved", "declined", "cancelled", "error", "awkward_text", "signed_by_a_foreign_key")
    for result in file["results"]:
        if result["name"] in names:
            signature = json.loads(result["json"])["signature"]
            for key in ("public_key", "foreign_public_key"):
                is_of_key = (key == "public_key") == (result["refusal"] is None)
                accepted = openssl_accepts(result["signed"], signature, file[key])
                assert accepted == is_of_key, (result["name"], key)
    print(f"openssl agrees on the signatures of {len(names)} card results")
