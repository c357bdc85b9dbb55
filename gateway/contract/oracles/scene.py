"""The interface of oracles: the scene that each is given, its verdict, and the list of all oracles."""

import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gateway.contract.oracles.api import Answer, Api

MAX_FAILURES = 20  # of one oracle; more of them say nothing new
TICK_SECONDS = 1.1  # between two changes whose times must differ, also where times are whole seconds


@dataclass
class Verdict:
    """The result of one oracle. An oracle that compared nothing has proved nothing."""

    name: str
    about: str
    compared: int = 0
    failures: list[str] = field(default_factory=list)
    not_reached: list[str] = field(default_factory=list)


class FirstFailure(BaseException):
    """Ends a `fail_fast` oracle at its first failure. Not an `Exception`, so that no part of an oracle catches it."""


@dataclass
class Scene:
    """A deployment for an oracle: both dialects for one company, and for another one if there is a key for it.

    `dialect` is the one under test, `writes` whether the oracle may change anything, `alone` whether nobody else uses
    the register, and `environment` has the settings with which commands find it. `set_balance` sets a balance, which no
    dialect can, `add_user` adds a team user with an email, first and last name, `limited_key` returns a key with an
    option of `token create`, and `revoke_keys` revokes all keys of a name. A deployment that `delivers` sends webhooks
    to this machine. With `fail_fast` an oracle ends at its first failure.
    """

    dialect: str
    apis: Mapping[str, Api]
    others: Mapping[str, Api] | None
    documents: Mapping[str, Any]
    writes: bool = False
    alone: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    set_balance: "Callable[[Scene, str, str], None] | None" = None
    add_user: "Callable[[str, str, str], None] | None" = None
    limited_key: "Callable[[str, str], str] | None" = None
    revoke_keys: "Callable[[str], None] | None" = None
    delivers: bool = False
    fail_fast: bool = False
    verdict: Verdict = field(default_factory=lambda: Verdict("", ""))
    run: str = field(default_factory=lambda: secrets.token_hex(3))
    counter: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def api(self) -> Api:
        """The dialect under test."""
        return self.apis[self.dialect]

    @property
    def twin(self) -> Api:
        """The other dialect."""
        return self.apis["v1" if self.dialect == "api" else "api"]

    def unique(self, word: str = "Proof") -> str:
        """Return a text that was not used before."""
        return f"{word} {self.run} {next(self.counter)}"

    def email(self) -> str:
        """Return an email that was not used before."""
        return f"proof.{self.run}.{next(self.counter)}@contract.example"

    def expect(self, holds: bool, otherwise: str) -> bool:
        """Record a comparison, and a failure with this text if it does not hold. Return whether it holds."""
        self.verdict.compared += 1
        if not holds and len(self.verdict.failures) < MAX_FAILURES:
            self.verdict.failures.append(otherwise)
        if not holds and self.fail_fast:
            raise FirstFailure
        return holds

    def expect_equal(self, found: Any, wanted: Any, where: str) -> bool:
        """Compare two JSON values; 1 and `true` are different. Return whether they are equal."""
        return self.expect(same(found, wanted), f"{where}: {short(found)} instead of {short(wanted)}")

    def expect_status(self, answer: Answer, *statuses: int) -> bool:
        """Compare the status of an answer with the expected ones. Return whether it is one of them."""
        wanted = " or ".join(map(str, statuses))
        return self.expect(answer.status in statuses, f"{answer} instead of {wanted}: {answer.content[:200]!r}")

    def not_reached(self, what: str) -> None:
        """Note what could not be compared here."""
        self.verdict.not_reached.append(what)


Check = Callable[[Scene], None]


@dataclass(frozen=True)
class Oracle:
    """A check of meaning. Without `writes` it only reads; `dialects` are those it can prove."""

    name: str
    about: str
    check: Check
    writes: bool
    dialects: tuple[str, ...]
    alone: bool
    subjects: tuple[str, ...]


ORACLES: list[Oracle] = []


def oracle(
    about: str,
    *,
    writes: bool = False,
    dialects: tuple[str, ...] = ("api", "v1"),
    alone: bool = False,
    subjects: tuple[str, ...] = (),
) -> Callable[[Check], Check]:
    """Register an oracle. `alone`: it needs a register that nobody else uses; `subjects` are path segments."""

    def register(check: Check) -> Check:
        name = getattr(check, "__name__", str(check))
        ORACLES.append(Oracle(name, about, check, writes, dialects, alone, subjects))
        return check

    return register


@contextmanager
def attempt(scene: Scene, what: str) -> Iterator[None]:
    """Run a part of an oracle whose failure must not hide the rest: an exception in it is a failure."""
    try:
        yield
    except Exception as error:  # a check that fails inside by mistake is a failure, never skipped
        scene.expect(False, f"{what}: {type(error).__name__}: {error}")


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal; booleans are not numbers, and 1 equals 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def short(value: Any) -> str:
    """Return a value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:150]}… ({len(text)} characters)"


def at(record: Any, key: str) -> Any:
    """Return the value at a key, in which dots enter objects. Raises `KeyError`."""
    for step in key.split("."):
        record = record[step]
    return record


def differences(before: Any, after: Any, prefix: str = "") -> set[str]:
    """Return the dotted keys at which two records differ; arrays are compared as a whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: set[str] = set()
        for key in before.keys() | after.keys():
            if key not in before or key not in after:
                found.add(prefix + key)
            else:
                found |= differences(before[key], after[key], f"{prefix}{key}.")
        return found
    return set() if same(before, after) else {prefix.rstrip(".")}
