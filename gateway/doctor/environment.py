"""Checks settings that are valid but may be mistakes: names, addresses, ids, processes."""

import os
import resource
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from core.text.plural import counted
from gateway.doctor.finding import Finding, ok, warning
from gateway.server.addresses import is_loopback
from gateway.settings import Settings, mistyped

_FEWEST_FILES = 1024


def names(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield findings for variables whose name is almost that of a setting."""
    mistaken = mistyped(environment)
    for name, near in mistaken.items():
        yield warning("settings", f"{name} is not a setting.", f"Did you mean {near}?")
    if not mistaken:
        given = sum(f"GATEWAY_{name}".upper() in environment for name in Settings.model_fields)
        yield ok("settings", f"{counted(given, 'setting')} given, the others have their defaults.")


def public_url(url: str) -> Finding:
    """Return a finding about the URL with which links in answers begin."""
    parts = urlsplit(url)
    if is_loopback(parts.hostname or ""):
        return warning(
            "public url",
            f"Links in answers start with {url}, which other machines cannot reach.",
            "Set GATEWAY_PUBLIC_URL to the address that clients use.",
        )
    if parts.scheme != "https":
        return warning(
            "public url", f"Keys are sent to {url} unencrypted.", "Put a proxy with TLS in front of the gateway."
        )
    return ok("public url", f"Links in answers start with {url}.")


def proxies(url: str, trusted: str) -> Finding:
    """Return a finding on whether callers behind a proxy can be distinguished; the gateway itself has no TLS."""
    if trusted:
        return ok("proxies", f"X-Forwarded-For is trusted from {trusted}.")
    if urlsplit(url).scheme != "https":
        return ok("proxies", "X-Forwarded-For is ignored: no proxy is trusted.")
    return ok("proxies", "Callers behind the proxy count as one; GATEWAY_TRUSTED_PROXIES would distinguish them.")


def hash_salt(salt: str) -> Finding:
    """Return a finding about the hashing of ids in /api/v1."""
    if salt:
        return ok("hash salt", "Ids of /api/v1 are hashed with a salt of your own.")
    return warning(
        "hash salt",
        "Ids of /api/v1 are hashed without a salt, so anyone can decode their numbers.",
        "Set GATEWAY_HASH_SALT before integrations store ids; the salt of a system that you replace keeps its ids.",
    )


def workers(count: int, per_worker: int, allowed: int | None) -> Iterable[Finding]:
    """Yield findings on whether machine and database support so many workers.

    `allowed` is the database's number of connections.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if count > cores:
        share = f"{counted(count, 'worker')} share {counted(cores, 'core')}."
        yield warning("workers", share, f"Start `gateway serve --workers {cores}`.")
    else:
        yield ok("workers", f"{counted(count, 'worker')} on {counted(cores, 'core')}.")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files < _FEWEST_FILES:
        yield warning(
            "open files",
            f"A process may have {files} files and connections open.",
            f"Raise the limit to {_FEWEST_FILES} or more (`ulimit -n`, LimitNOFILE of systemd).",
        )
    if allowed is None:
        return
    most = count * per_worker
    opening = f"{counted(count, 'worker')} {'opens' if count == 1 else 'open'}"
    if most > allowed:
        yield warning(
            "connections",
            f"{opening} up to {most} connections, and the database takes {allowed}.",
            "Raise max_connections of PostgreSQL, start fewer workers, or put a pool before the database.",
        )
    else:
        yield ok("connections", f"{opening} up to {most} connections; the database takes {allowed}.")
