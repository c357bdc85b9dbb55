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

_CREATABLE = frozenset(
    ("clients", "categories", "contacts", "notes", "documents", "group_settings", "client_gateway_tokens", "webhooks")
)
# What is created together with a client, by the key that shows it.
_WITHIN = {
    "contacts": "contacts",
    "owner": "contacts",
    "documents": "documents",
    "gateway_tokens": "client_gateway_tokens",
}
_ID_KEYS = frozenset(
    ("id", "ids", "other", "clientid", "client_id", "noteresource_id", "target_id", "entity_id", "owner")
)
_REMOVING = ("purge", "merge", "bulk", "migrate")
_UNKNOWN_ID, _UNKNOWN_NUMBER = "nobodyhasthisid", 10**17

RecordName = tuple[str, str]  # a noun and an id


@dataclass
class OwnRecords:
    """The records that this run has created, newest last."""

    made: dict[RecordName, None] = field(default_factory=dict)

    def learn(self, case: AnyCase, response: Response) -> None:
        """Add the records that an answer shows as created."""
        data = body_of(response).get("data") if succeeded(response) else None
        if not isinstance(data, dict) or not data.get("id"):
            return
        named = (noun(case), str(data["id"]))
        if case.method.upper() == "POST" and "{" not in case.operation.path and named[0] in _CREATABLE:
            self.made[named] = None
        if named in self.made and named[0] == "clients":
            self.made |= dict.fromkeys(_inside(data))

    def restrict(self, case: AnyCase) -> None:
        """Replace the ids in a request that could write, unless they are those of these records."""
        if case.method.upper() in READS:
            return
        path = case.path_parameters or {}
        for name in path:
            if (noun(case), str(path[name])) not in self.made:
                path[name] = self._another(case)
        for part in (case.query, case.body):
            if isinstance(part, dict | list):
                self._replace_ids(part, is_of_id_key=False)

    def _another(self, case: AnyCase) -> Any:
        """Return an id for a path; an unknown one for requests that would remove a record, so that some remain."""
        ends = case.method.upper() == "DELETE" or case.operation.path.rpartition("/")[2] in _REMOVING
        known = [] if ends else [each for of, each in self.made if of == noun(case)]
        return known[-1] if known else self._unknown_id(case.operation.path)

    @staticmethod
    def _unknown_id(path: str) -> Any:
        return _UNKNOWN_ID if path.startswith("/api/v1/") else _UNKNOWN_NUMBER

    def _replace_ids(self, value: Any, is_of_id_key: bool) -> None:
        """Replace ids that may belong to others, in place and at any depth."""
        for key, each in list(value.items() if isinstance(value, Mapping) else enumerate(value)):
            names = is_of_id_key or (isinstance(key, str) and bool(_ID_KEYS & set(re.split(r"[\[\]]+", key))))
            if isinstance(each, dict | list):
                self._replace_ids(each, names)
            elif names and self._may_belong_to_others(each):
                value[key] = _UNKNOWN_NUMBER if isinstance(each, int | float) or each.strip().isdigit() else _UNKNOWN_ID

    def _may_belong_to_others(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return False
        return re.search("[0-9A-Za-z]", str(value)) is not None and not any(each == str(value) for _, each in self.made)


def _inside(client: Mapping[str, Any]) -> list[RecordName]:
    shown = [(of, client.get(key)) for key, of in _WITHIN.items()]
    records = [(of, each) for of, value in shown for each in (value if isinstance(value, list) else [value])]
    return [(of, str(each["id"])) for of, each in records if isinstance(each, dict) and each.get("id")]
