"""Random names, password hashes and key digests."""

import hashlib
import secrets
import string
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_ALPHABET = string.ascii_letters + string.digits
_hasher = PasswordHasher()


def random_name(length: int) -> str:
    """An unguessable name of ASCII letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


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
