"""Sign-in with company, email and password, and limits on guessing.

Wrong passwords are counted by account, whether or not it exists, and by address. So neither messages nor pauses reveal
which emails are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.access.guesses import EVERYWHERE, Counter, Guesses
from core.models import companies, login_guesses, users
from core.text.folding import email_key
from core.text.secrets import digest

# The number of wrong passwords without a pause: for an account from one address, for an account from all addresses, and
# for all accounts from one address.
_FREE, _FREE_EVERYWHERE, _FREE_ALL_ACCOUNTS = 5, 20, 50
_ANY_ACCOUNT = ""
_GUESSES = Guesses(login_guesses)


@dataclass(frozen=True)
class Credentials:
    """The `password_hash` that a password must match; `""` if there is no such team user."""

    company_id: int = 0
    user_id: int = 0
    password_hash: str = ""


@dataclass(frozen=True)
class Attempt:
    """An attempt from `address` to sign in to the company of this name as the team user with this email.

    `is_shared` means that all callers have the same address, as behind a proxy that does not forward theirs. Guesses at
    other accounts then do not count: otherwise one caller could keep out all others.
    """

    company: str
    email: str
    address: str
    is_shared: bool = False

    @property
    def _account(self) -> str:
        return digest(f"{self.company}\n{email_key(self.email)}")

    @property
    def account_counters(self) -> Sequence[Counter]:
        """The counters of guesses at this account."""
        return Counter(self._account, self.address, _FREE), Counter(self._account, EVERYWHERE, _FREE_EVERYWHERE)

    @property
    def counters(self) -> Sequence[Counter]:
        """All counters to which this guess is added."""
        of_address = () if self.is_shared else (Counter(_ANY_ACCOUNT, self.address, _FREE_ALL_ACCOUNTS),)
        return (*self.account_counters, *of_address)


def only_company(connection: Connection) -> str:
    """Return the name of the only company; `""` if there are several, so that the form needs a field for it."""
    names = connection.execute(select(companies.c.name).limit(2)).scalars().all()
    return str(names[0]) if len(names) == 1 else ""


def find_credentials(connection: Connection, attempt: Attempt) -> Credentials:
    """Return what the password must match. Raises `TooManyGuesses` while attempts are refused."""
    _GUESSES.check(connection, attempt.counters)
    known = select(users.c.company_id, users.c.id, users.c.password_hash).join(companies)
    mine = (
        companies.c.name == attempt.company,
        users.c.email_key == email_key(attempt.email),
        users.c.disabled_at == 0,
    )
    found = connection.execute(known.where(*mine)).first()
    return Credentials(*found) if found else Credentials()


def count_wrong(connection: Connection, attempt: Attempt) -> None:
    """Count a wrong guess."""
    _GUESSES.count(connection, attempt.counters)


def reset_wrong(connection: Connection, attempt: Attempt) -> None:
    """Reset the counts after a correct password. The address's guesses at other accounts stay counted."""
    _GUESSES.reset(connection, attempt.account_counters)


def is_any_old(connection: Connection) -> bool:
    """Return whether `delete_old` would find anything."""
    return _GUESSES.is_any_old(connection)


def delete_old(connection: Connection) -> None:
    """Remove expired counts."""
    _GUESSES.delete_old(connection)
