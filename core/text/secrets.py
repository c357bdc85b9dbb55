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
# Each letter stands for the same number of bytes; bytes beyond that are left out.
_FAIR = 256 // len(_ALPHABET) * len(_ALPHABET)
_LETTER_OF = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_UNFAIR = bytes(range(_FAIR, 256))
_hasher = PasswordHasher()
_random_bytes: Callable[[int], bytes] = os.urandom

MASK = "**********"
"""What a secret that is set is shown as."""


def random_name(length: int) -> str:
    """An unguessable name of ASCII letters and digits."""
    name = b""
    while len(name) < length:
        name += _random_bytes(2 * length).translate(_LETTER_OF, _UNFAIR)
    return name[:length].decode()


def signing_secret() -> str:
    """A secret to sign messages with, as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(_random_bytes(32)).decode()}"


@contextmanager
def random_source(random_bytes: Callable[[int], bytes]) -> Iterator[None]:
    """Have names and signing secrets be drawn from another source until the block ends."""
    global _random_bytes
    before, _random_bytes = _random_bytes, random_bytes
    try:
        yield
    finally:
        _random_bytes = before


@contextmanager
def weak_password_hashes() -> Iterator[None]:
    """Have passwords be hashed in a moment until the block ends, for registers that nobody keeps."""
    global _hasher
    before, _hasher = _hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    try:
        yield
    finally:
        _hasher = before


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, parameters and salt included (RFC 9106)."""
    return _hasher.hash(password)


def password_matches(hashed: str, password: str) -> bool:
    """Whether the password is the hashed one; as slow for an absent hash as for a wrong password."""
    try:
        return _hasher.verify(hashed or _of_nobody(), password) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _of_nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def digest(key: str) -> str:
    """What is stored of an API key: SHA-256, hexadecimal. Keys are long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
