"""Errors of the register, named without any term of HTTP.

Each dialect maps these classes to a status and its own words in its `errors.py`.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any


class RegisterError(Exception):
    """The base class of every error that the core raises on purpose."""


class Unauthenticated(RegisterError):
    """There is no key, or it is unknown or revoked."""


class KeyMisplaced(Unauthenticated):
    """The key was sent where it is not read. The text, without a full stop, says where to send it."""


class KeyRefused(Unauthenticated):
    """The key is known but does not allow the request. The text, without a full stop, says why."""


class ScopeMissing(KeyRefused):
    """The key's scope does not allow the operation."""


class WrongPassword(RegisterError):
    """The operation needs the team user's password, which is missing or wrong."""


class TooMany(RegisterError):
    """There were too many attempts; another one is possible in `seconds`."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"too many {what}; try again in {seconds} seconds")
        self.seconds = seconds


class TooManyGuesses(TooMany):
    """There were so many wrong passwords that none is checked for a while."""

    def __init__(self, seconds: int) -> None:
        super().__init__("wrong passwords", seconds)


class TooManyRequests(TooMany):
    """The API key has used up its requests of this minute; the next one begins at `ends_at` (seconds since 1970)."""

    def __init__(self, seconds: int, ends_at: int) -> None:
        super().__init__("requests", seconds)
        self.ends_at = ends_at


class NotFound(RegisterError):
    """Nothing with that id is visible to this company."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"{noun} not found")
        self.noun = noun


class UserDisabled(RegisterError):
    """The team user is disabled, and can have no key or session until enabled again."""

    def __init__(self) -> None:
        super().__init__("this team user is disabled; enable the user with `gateway users enable`")


class LastOwner(RegisterError):
    """The team user is the last active owner of the company, and must stay one."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is the last owner of the company; make another team user an owner first")


class MergedAway(NotFound):
    """The client was merged into another one; `survivor` is that client's id, in the caller's form."""

    def __init__(self, survivor: Any, edition: str) -> None:
        super().__init__("client")
        self.survivor = survivor
        self.edition = edition


class PositionLost(RegisterError):
    """The changes after a position are no longer kept, or the position belongs to another history of the register."""


class AccessClosed(RegisterError):
    """The contact is known but has no access."""


class RecordDeleted(RegisterError):
    """A soft-deleted record cannot be edited until it is restored."""


class MergeRefused(RegisterError):
    """The two clients of a merge are the same, or the second one does not exist."""


class Conflict(RegisterError):
    """The request is valid but conflicts with the present state of the register."""


class DefaultCategory(Conflict):
    """The default category of a company cannot be removed."""


class CategoryInUse(Conflict):
    """A category that has clients cannot be removed, even if all of them are deleted."""


class UnattachedContact(Conflict):
    """A contact that belongs to no client cannot become an account owner."""


class IsAccountOwner(Conflict):
    """The account owner cannot be removed; another contact must become the owner first."""


class KeyInUse(Conflict):
    """A request with this idempotency key is in progress; it ends within `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the idempotency key is in use for {seconds} seconds")
        self.seconds = seconds


class KeyReused(RegisterError):
    """This idempotency key was used for another request."""


class Unavailable(RegisterError):
    """The database or the document storage does not work right now; a retry later may help."""


class TakesNoWrites(Unavailable):
    """The database server accepts no writes: it has become a standby, or is read-only."""


class NodeLost(Unavailable):
    """A node of a distributed register does not answer. What is on other nodes is served."""


class PooledByStatement(Unavailable):
    """A pooler before the database assigns connections by statement, so that there are no transactions."""


class OutOfSpace(Unavailable):
    """A disk or a quota is full: of the database, the document storage, or temporary files."""


class NotReversible(RegisterError):
    """The last migration cannot be undone."""


class SchemaTooNew(RegisterError):
    """The database was migrated by a later version of this program."""


class SchemaTooOld(RegisterError):
    """The database does not have this version's schema, and its operator migrates by hand."""


class UpgradeFailed(RegisterError):
    """The register could not be brought to this version's schema; it is unchanged."""


class UnfinishedCopy(RegisterError):
    """The database is the target of a copy, or of a distribution, that is not complete."""


class CannotDistribute(RegisterError):
    """The server, or other connections to it, do not allow the register to be distributed over nodes."""


@dataclass(frozen=True)
class Problem:
    """One broken rule: a core attribute path such as `contacts.1.email`, the rule's name and its parameters."""

    attribute: str
    rule: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Rejected(RegisterError):
    """The values break rules that only the register can check (uniqueness, existence)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.attribute}: {p.rule}" for p in problems))
        self.problems = problems


class Problems(AbstractContextManager[None]):
    """Collects the broken rules of several checks, each of which runs in a `with problems:` block."""

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
    """Collect the broken rules of a block, and raise one `Rejected` for all of them at its end."""
    problems = Problems()
    yield problems
    if problems.found:
        raise Rejected(*problems.found)
