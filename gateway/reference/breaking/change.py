"""One change that would break an integration: a sentence, and what an integration must use to be affected."""

import re
from typing import Any

_WORDS = re.compile(r"\(([\w.\\|-]+)\)")


class Change(str):
    """A sentence about a change.

    `operation` has the form `GET /api/clients`, "" for the whole document. `place` is `query`, `header` or `body`, and
    `name` is the parameter or the path of the key; both are "" if every call of the operation is affected. `words` are
    those that a list of words no longer accepts, None if they are not known.
    """

    operation: str
    place: str
    name: str
    words: frozenset[str] | None

    def __new__(
        cls, sentence: str, operation: str = "", place: str = "", name: str = "", words: frozenset[str] | None = None
    ) -> "Change":
        """Make a change from a sentence."""
        made = super().__new__(cls, sentence)
        made.operation, made.place, made.name, made.words = operation, place, name, words
        return made

    def of(self, operation: str) -> "Change":
        """Return the change as one of that operation, with which the sentence begins."""
        return Change(f"{operation}: {self}", operation, self.place, self.name, self.words)


def key_of(refusal: str) -> str:
    """Return the path of the key in a phrase of `refusals`, as `contacts[].email`; "" for the whole body."""
    found = re.match(r"(?:([^:` ]+): )?(?:the key `([^`]+)`)?", refusal)
    return ".".join(part for part in found.groups() if part) if found else ""


def removed_words(before: Any, now: Any) -> frozenset[str] | None:
    """Return the words that an enumeration, or a pattern like `^(a|b)?(,(a|b)?)*$`, no longer accepts.

    Returns None if there are no words to compare, or the rest differs too.
    """
    schemas = [schema if isinstance(schema, dict) else {} for schema in (before, now)]
    if all("enum" in each for each in schemas):
        return frozenset(map(str, set(schemas[0]["enum"]) - set(schemas[1]["enum"])))
    patterns = [str(each.get("pattern", "")) for each in schemas]
    if not all(patterns) or len({_WORDS.sub("()", each) for each in patterns}) > 1:
        return None
    earlier, later = ({word for group in _WORDS.findall(each) for word in group.split("|")} for each in patterns)
    return frozenset(word.replace("\\", "") for word in earlier - later)
