"""On a deployment, a run changes and removes only what it has created itself.

Schemathesis takes ids from every answer, and lists also show the records of others. So before a request that could
write is sent, each id in it that this run did not create is replaced by that of a record of our own, or by an unknown
one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemathesis import Response

from gateway.contract.checks.reading import READS, AnyCase, body_of, noun, succeeded

_MADE = frozenset(
    ("clients", "categories", "contacts", "notes", "documents", "group_settings", "client_gateway_tokens", "webhooks")
)
# What comes into being with a client, by the key that shows it.
_WITHIN = {
    "contacts": "contacts",
    "owner": "contacts",
    "documents": "documents",
    "gateway_tokens": "client_gateway_tokens",
}
_NAMING = frozenset(
    ("id", "ids", "other", "clientid", "client_id", "noteresource_id", "target_id", "entity_id", "owner")
)
_ENDING = ("purge", "merge", "bulk", "migrate")
_NOBODY, _NOBODYS_NUMBER = "nobodyhasthisid", 10**17

Named = tuple[str, str]  # a noun and an id


@dataclass
class OwnRecords:
    """The records that this run has created, newest last."""

    made: dict[Named, None] = field(default_factory=dict)

    def learn(self, case: AnyCase, response: Response) -> None:
        """Note the records that an answer shows as created."""
        data = body_of(response).get("data") if succeeded(response) else None
        if not isinstance(data, dict) or not data.get("id"):
            return
        named = (noun(case), str(data["id"]))
        if case.method.upper() == "POST" and "{" not in case.operation.path and named[0] in _MADE:
            self.made[named] = None
        if named in self.made and named[0] == "clients":
            self.made |= dict.fromkeys(_inside(data))

    def keep_to(self, case: AnyCase) -> None:
        """Make a request that could write name only these records."""
        if case.method.upper() in READS:
            return
        path = case.path_parameters or {}
        for name in path:
            if (noun(case), str(path[name])) not in self.made:
                path[name] = self._another(case)
        for part in (case.query, case.body):
            if isinstance(part, dict | list):
                self._clear(part, is_naming=False)

    def _another(self, case: AnyCase) -> Any:
        """Return an id for a path; an unknown one for requests that would remove a record, so that some remain."""
        ends = case.method.upper() == "DELETE" or case.operation.path.rpartition("/")[2] in _ENDING
        known = [] if ends else [each for of, each in self.made if of == noun(case)]
        return known[-1] if known else self._nobody(case.operation.path)

    @staticmethod
    def _nobody(path: str) -> Any:
        return _NOBODY if path.startswith("/api/v1/") else _NOBODYS_NUMBER

    def _clear(self, value: Any, is_naming: bool) -> None:
        """Replace ids that may belong to others, in place and at any depth."""
        for key, each in list(value.items() if isinstance(value, Mapping) else enumerate(value)):
            names = is_naming or (isinstance(key, str) and bool(_NAMING & set(re.split(r"[\[\]]+", key))))
            if isinstance(each, dict | list):
                self._clear(each, names)
            elif names and self._may_be_somebodys(each):
                value[key] = _NOBODYS_NUMBER if isinstance(each, int | float) or each.strip().isdigit() else _NOBODY

    def _may_be_somebodys(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return False
        return re.search("[0-9A-Za-z]", str(value)) is not None and not any(each == str(value) for _, each in self.made)


def _inside(client: Mapping[str, Any]) -> list[Named]:
    shown = [(of, client.get(key)) for key, of in _WITHIN.items()]
    records = [(of, each) for of, value in shown for each in (value if isinstance(value, list) else [value])]
    return [(of, str(each["id"])) for of, each in records if isinstance(each, dict) and each.get("id")]
