"""Signing in with company, email and password, and what happens to those who guess.

Wrong ones are counted by account, whether or not there is such a one, and by address, so that neither messages nor
pauses reveal which emails are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.access.guesses import EVERYWHERE, Counter, Guesses
from core.models import companies, login_guesses, users
from core.text.folding import email_key
from core.text.secrets import digest

# Wrong passwords that cause no pause: for an account from one address and from all, and from an address for all
# accounts.
_FREE, _FREE_IN_ALL, _FREE_FOR_ALL = 5, 20, 50
_ANY_ACCOUNT = ""
_GUESSES = Guesses(login_guesses)


@dataclass(frozen=True)
class Credentials:
    """What to compare a password with: the `password_hash` of a team user, `""` if there is no such one."""

    company_id: int = 0
    user_id: int = 0
    password_hash: str = ""


@dataclass(frozen=True)
class Attempt:
    """Somebody at `address` who signs in as the team user with this email, of the company of this name.

    Behind a proxy that does not say where its callers are, the address is everybody's, `is_shared`. What was guessed at
    other accounts then does not count: one caller could keep all others out.
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
        """Where guesses at this account are counted."""
        return Counter(self._account, self.address, _FREE), Counter(self._account, EVERYWHERE, _FREE_IN_ALL)

    @property
    def counters(self) -> Sequence[Counter]:
        """Everywhere that this guess counts."""
        of_address = () if self.is_shared else (Counter(_ANY_ACCOUNT, self.address, _FREE_FOR_ALL),)
        return (*self.account_counters, *of_address)


def only_company(connection: Connection) -> str:
    """The name of the only company; `""` if there are several, so that whoever signs in must name one."""
    names = connection.execute(select(companies.c.name).limit(2)).scalars().all()
    return str(names[0]) if len(names) == 1 else ""


def find_credentials(connection: Connection, attempt: Attempt) -> Credentials:
    """What the attempt's password must match. Raises `TooManyGuesses` while nobody may try."""
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
    """Reset the counts after a right password. What the address guessed at other accounts stays counted."""
    _GUESSES.reset(connection, attempt.account_counters)


def is_any_old(connection: Connection) -> bool:
    """Whether `delete_old` would find anything."""
    return _GUESSES.is_any_old(connection)


def delete_old(connection: Connection) -> None:
    """Remove expired counts."""
    _GUESSES.delete_old(connection)
