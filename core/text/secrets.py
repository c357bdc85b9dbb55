"""Random names, password hashes and key digests."""

import base64
import hashlib
import os
import secrets
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_ALPHABET = (string.ascii_letters + string.digits).encode()
# Each letter is chosen by the same number of byte values; other values are skipped.
_USED_BYTES = 256 // len(_ALPHABET) * len(_ALPHABET)
_LETTER_OF = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_SKIPPED_BYTES = bytes(range(_USED_BYTES, 256))
_hasher = PasswordHasher()
_random_bytes: Callable[[int], bytes] = os.urandom

MASK = "**********"
"""Shown instead of a secret that is set."""


def random_name(length: int) -> str:
    """Return an unguessable name of ASCII letters and digits."""
    name = b""
    while len(name) < length:
        name += _random_bytes(2 * length).translate(_LETTER_OF, _SKIPPED_BYTES)
    return name[:length].decode()


def signing_secret() -> str:
    """Return a new secret for signing messages in the form of Standard Webhooks: `whsec_` and 32 bytes in base64."""
    return f"whsec_{base64.b64encode(_random_bytes(32)).decode()}"


@contextmanager
def random_source(random_bytes: Callable[[int], bytes]) -> Iterator[None]:
    """Generate names and signing secrets from another source of bytes until the block ends."""
    global _random_bytes
    before, _random_bytes = _random_bytes, random_bytes
    try:
        yield
    finally:
        _random_bytes = before


@contextmanager
def weak_password_hashes() -> Iterator[None]:
    """Hash passwords quickly and weakly until the block ends, for temporary registers."""
    global _hasher
    before, _hasher = _hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    try:
        yield
    finally:
        _hasher = before


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, parameters and salt included (RFC 9106)."""
    return _hasher.hash(password)


def password_matches(hashed: str, password: str) -> bool:
    """Return whether the password matches the hash; without a hash, it takes as long as for a wrong password."""
    try:
        return _hasher.verify(hashed or _dummy_hash(), password) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy_hash() -> str:
    return _hasher.hash(secrets.token_hex(16))


def digest(key: str) -> str:
    """Return the stored form of an API key: SHA-256, hexadecimal. Keys are long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
