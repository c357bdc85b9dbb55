"""The fields of a sent form, parsed one by one, with an error message for each."""

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
    """Fields of a form are invalid; `errors` has a message for each by its name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def errors_of(error: FormRefused | Rejected) -> Mapping[str, str]:
    """Return a message for each invalid field."""
    if isinstance(error, FormRefused):
        return error.errors
    found: dict[str, str] = {}
    for problem in error.problems:
        found.setdefault(problem.attribute, in_words(problem))
    return found


@dataclass(frozen=True)
class FormShown:
    """A form on a page: the values of its fields, and the errors in what was sent."""

    sent: Form
    errors: Mapping[str, str]

    @property
    def name(self) -> str:
        """The form's random name, the same again if the form was refused."""
        return self.sent.get(NAME) or random_name(_NAME_LENGTH)

    def value(self, name: str, default: str = "") -> str:
        """Return the value of a field."""
        return self.sent.get(name, default)


@dataclass
class Fields:
    """Parses the fields of a form and collects the errors, which `check` raises."""

    form: Form
    errors: dict[str, str] = field(default_factory=dict)

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return the value of a field; the default if it is empty or invalid.

        `parse` raises `BrokenRule`, or a `ValueError` with a message for the user.
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
        """Add an error if a field is empty."""
        if not self.form.get(name, "").strip():
            self.errors.setdefault(name, in_words(Problem(name, "required")))

    def check(self) -> None:
        """Raise `FormRefused` if there are errors."""
        if self.errors:
            raise FormRefused(self.errors)


def one_of(choices: Mapping[str, T]) -> Callable[[str], T]:
    """Return a parser for the options of a list on the page."""

    def parse(text: str) -> T:
        if text not in choices:
            raise BrokenRule("in")
        return choices[text]

    return parse
