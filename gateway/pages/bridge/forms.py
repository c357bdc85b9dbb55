"""What a form was sent with: its fields, read one by one, and what is wrong with them, said beside each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from core.errors import Problem, Rejected
from core.text.secrets import random_name
from schemas.errors import BrokenRule, RequestError, in_words

T = TypeVar("T")
Form = Mapping[str, str]

NAME = "form"
"""The hidden field with the random name of a form; see `core.access.used_forms`."""

_NAME_LENGTH = 43  # of 62 letters each: 256 bits


class FormRefused(RequestError):
    """Fields of a form do not fit; `errors` has a sentence for each by its name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def errors_of(error: FormRefused | Rejected) -> Mapping[str, str]:
    """Return what is wrong, a sentence for each field."""
    if isinstance(error, FormRefused):
        return error.errors
    found: dict[str, str] = {}
    for problem in error.problems:
        found.setdefault(problem.attribute, in_words(problem))
    return found


@dataclass(frozen=True)
class FormShown:
    """A form on a page: what its fields are filled with, and what was wrong with what was sent."""

    sent: Form
    errors: Mapping[str, str]

    @property
    def name(self) -> str:
        """The form's random name, the same one again where it was refused."""
        return self.sent.get(NAME) or random_name(_NAME_LENGTH)

    def value(self, name: str, default: str = "") -> str:
        """Return what a field is filled with."""
        return self.sent.get(name, default)


@dataclass
class Fields:
    """Reads the fields of a form, gathering what is wrong; `check` raises it."""

    form: Form
    errors: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return what a field says; the default where it is left empty or does not fit.

        `parse` raises `BrokenRule`, or a `ValueError` with a sentence for whoever filled it in.
        """
        text = self.form.get(name, "")
        if not text.strip():
            return default
        try:
            return parse(text)
        except BrokenRule as broken:
            self.errors[name] = in_words(Problem(name, broken.rule, broken.params))
        except ValueError as error:
            self.errors[name] = str(error)
        return default

    def require(self, name: str) -> None:
        """Whatever else is asked of it, a field must not be left empty."""
        if not self.form.get(name, "").strip():
            self.errors.setdefault(name, in_words(Problem(name, "required")))

    def check(self) -> None:
        """Raise `FormRefused` if anything was wrong."""
        if self.errors:
            raise FormRefused(self.errors)


def one_of(choices: Mapping[str, T]) -> Callable[[str], T]:
    """Return a parser of what a list on the page offers."""

    def parse(text: str) -> T:
        if text not in choices:
            raise BrokenRule("in")
        return choices[text]

    return parse
