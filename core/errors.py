"""What can go wrong in the register, named without any word of HTTP.

Each dialect maps these classes to a status and its own words in its `errors.py`.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any


class RegisterError(Exception):
    """Base of every error that the core raises on purpose."""


class Unauthenticated(RegisterError):
    """No key, an unknown key, or a revoked one."""


class KeyMisplaced(Unauthenticated):
    """A key was sent where it is not looked for; the text says where it is, without a full stop."""


class KeyRefused(Unauthenticated):
    """The key is known and does not open what was asked for; the text says what it lacks, without a full stop."""


class ScopeMissing(KeyRefused):
    """The key's scope does not include what the operation needs."""


class WrongPassword(RegisterError):
    """The operation asks for the team user's password and did not get it."""


class TooMany(RegisterError):
    """Whoever asks again in `seconds` may be heard."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"too many {what}; try again in {seconds} seconds")
        self.seconds = seconds


class TooManyGuesses(TooMany):
    """The password was wrong so often that no other is tried for a while."""

    def __init__(self, seconds: int) -> None:
        super().__init__("wrong passwords", seconds)


class TooManyRequests(TooMany):
    """The API key made all its requests of this minute; the next one begins at `ends_at` (seconds since 1970)."""

    def __init__(self, seconds: int, ends_at: int) -> None:
        super().__init__("requests", seconds)
        self.ends_at = ends_at


class NotFound(RegisterError):
    """Nothing of that id is visible to this company."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"{noun} not found")
        self.noun = noun


class UserDisabled(RegisterError):
    """The team user is disabled, and can have no key or session until that ends."""

    def __init__(self) -> None:
        super().__init__("this team user is disabled; `gateway users enable` ends that")


class LastOwner(RegisterError):
    """The team user is the last owner of the company who may sign in, and stays one."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is the last owner of the company; make somebody else an owner first")


class MergedAway(NotFound):
    """The client is gone by a merge; `survivor` is the id of the one that has what it had, in the caller's form."""

    def __init__(self, survivor: Any, edition: str) -> None:
        super().__init__("client")
        self.survivor = survivor
        self.edition = edition


class PositionLost(RegisterError):
    """The changes after a position are not kept any more, or the position is of another history of the register."""


class AccessClosed(RegisterError):
    """The contact is known and may not come in."""


class RecordDeleted(RegisterError):
    """A soft-deleted record cannot be edited until it is restored."""


class MergeRefused(RegisterError):
    """The two clients of a merge are the same one, or the second does not exist."""


class Conflict(RegisterError):
    """The request is valid in itself and contradicts the register's present state."""


class DefaultCategory(Conflict):
    """The default category of a company never goes."""


class CategoryInUse(Conflict):
    """A category that clients are in cannot go, not even if all of them are deleted."""


class UnattachedContact(Conflict):
    """A contact that belongs to no client cannot own one's account."""


class IsAccountOwner(Conflict):
    """A client is never without an account owner, so another contact must become it before this one goes."""


class KeyInUse(Conflict):
    """A request with this idempotency key is being worked on; it ends, or is given up, within `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the idempotency key is in use for {seconds} seconds")
        self.seconds = seconds


class KeyReused(RegisterError):
    """This idempotency key was given to another request."""


class Unavailable(RegisterError):
    """The database or the document storage cannot serve right now; trying again later may help."""


class TakesNoWrites(Unavailable):
    """The database server takes no writes: it has become a standby, or is closed to them."""


class NodeLost(Unavailable):
    """A node of a distributed register does not answer. What is on other nodes is served."""


class PooledByStatement(Unavailable):
    """A pooler before the database hands out connections by statement, so that there are no transactions."""


class OutOfSpace(Unavailable):
    """A disk or a quota is full: of the database, of the document storage, or of temporary files."""


class NoWayBack(RegisterError):
    """The last migration cannot be undone."""


class SchemaTooNew(RegisterError):
    """The database was migrated by a later version of this program."""


class SchemaTooOld(RegisterError):
    """The database has not been brought to this version's schema, and whoever runs it does that by hand."""


class UpgradeFailed(RegisterError):
    """The register could not be brought to this version's schema; it is as it was."""


class UnfinishedCopy(RegisterError):
    """The database is the target of a copy, or of a distribution, that has not come to its end."""


class CannotDistribute(RegisterError):
    """The server, or who else uses it, does not allow the register to be spread over nodes."""


@dataclass(frozen=True)
class Problem:
    """One broken rule: a core attribute path such as `contacts.1.email`, the rule's name and its parameters."""

    attribute: str
    rule: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Rejected(RegisterError):
    """The values given break rules that only the register can check (uniqueness, existence)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.attribute}: {p.rule}" for p in problems))
        self.problems = problems


class Problems(AbstractContextManager[None]):
    """Rules that may all be broken before anyone complains: each runs in a `with problems:` of its own."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if isinstance(error, Rejected):
            self.found.extend(error.problems)
        return isinstance(error, Rejected)


@contextmanager
def gathered() -> Iterator[Problems]:
    """Gather the broken rules of a block and raise one `Rejected` for all of them at its end."""
    problems = Problems()
    yield problems
    if problems.found:
        raise Rejected(*problems.found)
