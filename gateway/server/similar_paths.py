"""Suggestions for paths that do not exist."""

from collections.abc import Sequence
from difflib import SequenceMatcher

_MIN_SIMILARITY = 0.85  # the similarity of two paths from which a typing error is assumed
_MAX_LENGTH = 200


class SimilarPaths:
    """The existing paths, as templates (`/api/clients/{id}`), below some prefixes."""

    def __init__(self, paths: Sequence[str], prefixes: Sequence[str]) -> None:
        self._paths = tuple(dict.fromkeys(paths))
        self._prefixes = sorted(prefixes, key=len, reverse=True)

    def of(self, path: str) -> str:
        """Return the path that was probably meant, as `/api/clients or /api/v1/clients`; "" if there is none."""
        if len(path) > _MAX_LENGTH or path == "/":
            return ""
        return " or ".join(self._elsewhere(path) or self._mistyped(path))

    def _elsewhere(self, path: str) -> list[str]:
        """Return the same path with a missing or another prefix."""
        prefix = next((each for each in self._prefixes if path.startswith(f"{each}/")), "")
        candidates = [each + path.removeprefix(prefix) for each in ("/api", *self._prefixes)]
        return sorted({known for each in candidates for known in self._paths if _filled(each, known) == known} - {path})

    def _mistyped(self, path: str) -> list[str]:
        alike = {known: SequenceMatcher(None, _filled(path, known), known).ratio() for known in self._paths}
        best = max(alike, key=lambda each: alike[each], default="")
        return [best] if best and alike[best] >= _MIN_SIMILARITY else []


def _filled(path: str, known: str) -> str:
    """Return the path with placeholders where the known one has them, if it has as many segments."""
    segments, others = path.split("/"), known.split("/")
    if len(segments) != len(others):
        return path
    return "/".join(other if other.startswith("{") else each for each, other in zip(segments, others, strict=True))
