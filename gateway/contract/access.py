"""Checks before a run: that there is a deployment, that the keys are valid, and that there is data to test with."""

import sys
from typing import Any
from urllib.parse import urlsplit

import requests

from gateway.contract.operations import PREFIXES, AccessRefused
from gateway.contract.oracles.api import session_of
from gateway.contract.reading_only import reading_only
from gateway.contract.reserved_addresses import is_reserved
from gateway.contract.target import Target

_TIMEOUT_SECONDS = 30
_MAX_WEBHOOKS = 100  # of a company, not counting deleted ones
_OWN_WEBHOOKS = 60  # that a run has at a time


def examine_access(target: Target, dialects: list[str], writes: bool) -> None:
    """Raise `AccessRefused` for an invalid key, and for a company without clients if none may be created."""
    with reading_only():
        for dialect in dialects:
            total = _clients(target.url, dialect, target.token, "--token")
            if target.other_token:
                _clients(target.url, dialect, target.other_token, "--other-token")
            if total == 0 and not writes:
                raise AccessRefused(
                    f"The company of this --token has no clients in {PREFIXES[dialect]}, and without --write none can "
                    "be created: there is nothing to prove anything with."
                )
            if total == 0:
                print("The company of this --token is empty; the proof creates what it needs.", file=sys.stderr)
            if target.token == target.other_token:
                raise AccessRefused("--token and --other-token are the same key; name one of another company.")
        if writes:
            _announce_full_company(target)
            _examine_deleted_webhooks(target.url, target.token, "--token")
            if target.other_token:
                _examine_deleted_webhooks(target.url, target.other_token, "--other-token")


def _announce_full_company(target: Target) -> None:
    if _total(_list(target.url, "v1", "/webhooks", target.token)) > _MAX_WEBHOOKS - _OWN_WEBHOOKS:
        print(
            f"The company of this --token has more than {_MAX_WEBHOOKS - _OWN_WEBHOOKS} webhooks. A whole run creates "
            f"{_OWN_WEBHOOKS} more, which it deletes at its end, and fails if only {_MAX_WEBHOOKS} are allowed.",
            file=sys.stderr,
        )


def _examine_deleted_webhooks(url: str, token: str, option: str) -> None:
    """Raise `AccessRefused` if a run would make deleted webhooks of a company unrecoverable."""
    listed = _list(url, "v1", f"/webhooks?status=deleted&per_page={_MAX_WEBHOOKS}", token)
    others = [each for each in _records(listed) if not is_reserved(_host(str(each.get("target_url"))))]
    if others:
        raise AccessRefused(
            f"The company of this {option} has deleted webhooks ({len(others)}). A run with --write deletes many of "
            f"its own, and a gateway keeps the last {_MAX_WEBHOOKS} deleted ones only, so that these could no longer "
            "be restored. Restore them, or name another company."
        )


def _records(answer: requests.Response) -> list[dict[str, Any]]:
    try:
        return [each for each in answer.json()["data"] if isinstance(each, dict)]
    except (ValueError, LookupError, TypeError):
        return []  # the run reports what is wrong with the answer


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _clients(url: str, dialect: str, token: str, option: str) -> int:
    """Return the number of clients that a key shows. Raises `AccessRefused` if it is not valid."""
    answer = _list(url, dialect, "/clients", token)
    if answer.status_code in (401, 403):
        raise AccessRefused(f"The key given with {option} is refused by {answer.url} ({answer.status_code}).")
    return _total(answer)


def _total(answer: requests.Response) -> int:
    """Return the number of records in the list of which an answer is a page."""
    try:
        meta: dict[str, Any] = answer.json()["meta"]
        return int(meta.get("pagination", meta)["total"])
    except (ValueError, LookupError, TypeError):
        return 1  # the run reports what is wrong with the answer


def _list(url: str, dialect: str, path: str, token: str) -> requests.Response:
    header = {"Authorization": f"Bearer {token}"} if dialect == "api" else {"X-API-TOKEN": token}
    address = f"{url}{PREFIXES[dialect]}{path}"
    try:
        with session_of(url) as session:
            return session.get(address, headers=header, timeout=_TIMEOUT_SECONDS)
    except requests.RequestException as error:
        raise AccessRefused(f"There is no gateway at {address}: {error}") from None
