"""The customer, on the pages of the stand-in's wallet: opens one, and presses a button."""

from urllib.parse import parse_qsl, urlsplit

import requests


class Refused(Exception):
    """The page does not have the button."""


def _press(url, button):
    page = requests.get(url, timeout=10)
    if not page.ok or f'value="{button}"' not in page.text:
        raise Refused(f"the page has no button {button}: {page.status_code}")
    answer = requests.post(url, {"act": button}, timeout=10, allow_redirects=False)
    if answer.status_code != 303:
        raise Refused(f"{button} was answered with {answer.status_code}")
    return answer.headers["Location"]


def pay(url):
    _press(url, "pay")


def consent(url):
    """Agrees; answers the parameters with which the customer comes back to the merchant."""
    return dict(parse_qsl(urlsplit(_press(url, "agree")).query))


def decline(url):
    """Declines; answers the same."""
    return dict(parse_qsl(urlsplit(_press(url, "decline")).query))
