"""Checks before a run: that there is a deployment, that the keys are valid, and that there is data to test with."""

import sys
from contextlib import suppress
from typing import Any

import requests

from gateway.contract.operations import PREFIXES, AccessRefused
from gateway.contract.oracles.api import session_of
from gateway.contract.reading_only import reading_only
from gateway.contract.target import Target

_TIMEOUT_SECONDS = 30
_MAX_WEBHOOKS = 100  # of a company, not counting deleted ones
_OWN_WEBHOOKS = 60  # that a run has at a time


def examine_access(target: Target, dialects: list[str], writes: bool) -> None:
    """Raise `AccessRefused` for an invalid key, and for a company without clients if none may be created."""
    with reading_only():
        for dialect in dialects:
            total = _total(target.url, dialect, "/clients", target.token, "--token")
            if target.other_token:
                _total(target.url, dialect, "/clients", target.other_token, "--other-token")
            if total == 0 and not writes:
                raise AccessRefused(
                    f"The company of this --token has no clients in {PREFIXES[dialect]}, and without --write none can "
                    "be created: there is nothing to prove anything with."
                )
            if total == 0:
                print("The company of this --token is empty; the proof creates what it needs.", file=sys.stderr)
            if target.token == target.other_token:
                raise AccessRefused("--token and --other-token are the same key; name one of another company.")
        if writes and "v1" in dialects:
            _announce_full_company(target)


def _announce_full_company(target: Target) -> None:
    with suppress(AccessRefused):  # a key may be limited to other records
        webhooks = _total(target.url, "v1", "/webhooks", target.token, "--token")
        if webhooks > _MAX_WEBHOOKS - _OWN_WEBHOOKS:
            print(
                f"The company of this --token has {webhooks} webhooks. A whole run creates up to {_OWN_WEBHOOKS} more, "
                f"which it deletes at its end, and fails if the deployment allows only {_MAX_WEBHOOKS}.",
                file=sys.stderr,
            )


def _total(url: str, dialect: str, path: str, token: str, option: str) -> int:
    """Return the number of records that a list has for a key."""
    header = {"Authorization": f"Bearer {token}"} if dialect == "api" else {"X-API-TOKEN": token}
    address = f"{url}{PREFIXES[dialect]}{path}"
    try:
        with session_of(url) as session:
            answer = session.get(address, headers=header, timeout=_TIMEOUT_SECONDS)
    except requests.RequestException as error:
        raise AccessRefused(f"There is no gateway at {address}: {error}") from None
    if answer.status_code in (401, 403):
        raise AccessRefused(f"The key given with {option} is refused by {address} ({answer.status_code}).")
    try:
        meta: dict[str, Any] = answer.json()["meta"]
        return int(meta.get("pagination", meta)["total"])
    except (ValueError, LookupError, TypeError):
        return 1  # the run reports what is wrong with the answer
