#!/usr/bin/env python3
"""A merchant's back end on the command line: see ../README.md."""

import argparse
import dataclasses
import json
import os
import sys
import uuid

from mpac_pgw import DEFAULT_BASE_URL, MpacPgwClient, MpacPgwConnectionError, MpacPgwError


def setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        print(f"set {name}: your gateway prints it when it starts", file=sys.stderr)
        sys.exit(2)
    return value


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="create a PaymentIntent for an order")
    create.add_argument("amount", type=int, help="in minor units: yen")
    create.add_argument("order_id", nargs="?", default=f"order_{uuid.uuid4()}")
    create.add_argument("methods", nargs="?", default="qr_mpm,credit_card,cash", help="comma-separated")
    retrieve = commands.add_parser("retrieve", help="show a PaymentIntent")
    retrieve.add_argument("payment_intent_id")
    return parser.parse_args()


def run(args: argparse.Namespace, client: MpacPgwClient):
    if args.command == "retrieve":
        return client.retrieve_payment_intent(args.payment_intent_id)
    return client.create_payment_intent(
        merchant_ref_id=args.order_id,
        merchant_store_id=os.environ.get("MPS_STORE_ID"),
        merchant_terminal_id=os.environ.get("MPS_TERMINAL_ID"),
        amount=args.amount,
        payment_method_types=args.methods.split(","),
    )


def main() -> int:
    args = arguments()
    client = MpacPgwClient(
        merchant_id=setting("MPS_MERCHANT_ID"),
        secret_key=setting("MPS_SECRET_KEY"),
        base_url=os.environ.get("MPS_BASE_URL") or DEFAULT_BASE_URL,
    )
    try:
        print(json.dumps(dataclasses.asdict(run(args, client))))
        return 0
    except MpacPgwError as e:
        error = {"code": e.code, "message": e.message, "param": e.param, "http_status": e.http_status}
    except MpacPgwConnectionError as e:
        error = {"code": "connection_error", "message": str(e)}
    print(json.dumps({"error": error}), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
