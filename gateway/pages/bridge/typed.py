"""The text typed into a form, and what the form contained when it was shown.

A form carries a digest of each control's text. So it is known of each control whether the user has changed it, and
whether the register has another value by now, without sending every value twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson

from gateway.pages.bridge.controls import Control

VERSION, LOADED, REMOVED = "version", "loaded", "remove/"


@dataclass(frozen=True)
class Typed:
    """The texts of a sent form by control, the digests of the texts it was shown with, and the client's version."""

    texts: Mapping[str, str] = field(default_factory=dict)
    loaded: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def text(self, control: Control) -> str:
        """Return the text of the control: the typed one, or the present one."""
        if control.name in self.texts:
            return control.normal(self.texts[control.name])
        # Browsers send nothing for a checkbox that is not ticked.
        return "" if control.kind == "checkbox" and control.name in self.loaded else control.text

    def touches(self, control: Control, is_new: bool = False) -> bool:
        """Return whether the control changes the register: its text differs from the shown and the present one.

        For something new, that is any text that is not blank.
        """
        return (is_new or self.is_typed(control)) and self.text(control) != control.text

    def is_typed(self, control: Control) -> bool:
        """Return whether the control has another text than it was shown with."""
        text = self.text(control)
        return self.loaded.get(control.name, _digest(text)) != _digest(text)

    def is_outdated(self, control: Control) -> bool:
        """Return whether the register has another value by now than the form showed."""
        return self.loaded.get(control.name, _digest(control.text)) != _digest(control.text)

    def removes(self, name: str) -> bool:
        """Return whether the user removes an item of an array."""
        return bool(self.texts.get(REMOVED + name))

    def items(self, name: str) -> list[str]:
        """Return the names of the items of an array in the form, in order."""
        prefix = f"{name}/"
        items = (each[len(prefix) :].partition("/")[0] for each in self.loaded if each.startswith(prefix))
        return list(dict.fromkeys(items))


def typed(form: Mapping[str, str]) -> Typed:
    """Return what was typed into a form with these fields. Unreadable digests count as none."""
    try:
        loaded = orjson.loads(form.get(LOADED, ""))
    except orjson.JSONDecodeError:
        loaded = {}
    known = loaded if isinstance(loaded, dict) else {}
    return Typed(form, {name: each for name, each in known.items() if isinstance(each, str)}, form.get(VERSION, ""))


def shown_with(controls: Iterable[Control]) -> str:
    """Return the value with the digests of these controls, for `typed`."""
    return orjson.dumps({control.name: _digest(control.text) for control in controls}).decode()


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
