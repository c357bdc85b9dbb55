"""What the answers of a run have shown about the register, for values in requests that would otherwise be random.

Schemathesis takes the ids in paths and links from earlier answers by itself. It cannot know that a client's owner must
be a contact of that same client, that the other client of a merge is a client too, that an email or a name is taken
once it has been used, that ids of clients are not ids of categories, that a purge or a merge removes a client as DELETE
does, and what time it is.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from schemathesis import Response

from gateway.contract.checks.reading import AnyCase, body_of, is_negative, noun, operation_id, succeeded
from schemas.errors import BrokenRule
from schemas.types import PastTime

_SINCE = {"created_at", "updated_at"}
_MANY = ("contacts", "locations")
OTHER_KEYS = {
    "notes": ("title", "description", "text", "visibility", "resource_type", "resource_id", "client_id"),
    "categories": ("category_id",),
}
"""Keys under which fields of /api are accepted as well, by resource; the schemas do not have them."""
_PAGING = ("page", "limit", "per_page", "sort", "order")
_REMOVED_BY = {"v1 purgeClient": "id", "v1 mergeClients": "other"}  # the path parameter of the removed client
_UNIQUE = {
    "api createClient": "email",
    "api createCategory": "category_name",
    "api createContact": "email",
    "v1 createGroupSetting": "name",
}
_REFERRING = {
    "api createContact": ("clientid", "clients"),
    "api createNote": ("noteresource_id", "clients"),
    "api migrateCategory": ("target_id", "categories"),
}

RecordName = tuple[str, str]  # a noun and an id


def _is_live(case: AnyCase, client: dict[str, Any]) -> bool:
    return case.method.upper() != "DELETE" and not client.get("is_deleted")


def _shown_by(case: AnyCase) -> str:
    """Return the resource that an operation answers, if it is another one than in its path."""
    return "documents" if str(case.operation.path).endswith("/documents") else noun(case)


def _mark_as_single_item(body: Any) -> None:
    # An object whose keys are all numbers counts as a list, but a generated single item must not (see
    # `reduce_single_items`).
    items = [body.get(name) for name in _MANY] if isinstance(body, dict) else []
    for each in items:
        if isinstance(each, dict) and all(map(str.isdecimal, each)):
            each["unnumbered"] = None


def _replace_future_times(query: dict[str, Any]) -> None:
    # A list refuses times in the future, which no schema can express.
    for name in _SINCE & query.keys():
        try:
            PastTime().parse(query[name])
        except BrokenRule:
            query[name] = "2001-09-09"


def do_not_wait(case: AnyCase) -> None:
    """Remove a time to wait for changes, also from an invalid request: it would delay the run by up to 30 seconds."""
    try:
        waits = str(case.operation.path).endswith("/changes") and float(str(case.query.get("wait"))) > 0
    except ValueError:
        return  # it is missing, or invalid, which the answer has to say
    if waits:
        del case.query["wait"]


def leave_other_keys_out(case: AnyCase) -> None:
    """Remove values that a valid body has by chance under another key of a field, for which the field's rules hold."""
    if isinstance(case.body, dict) and not str(case.operation.path).startswith("/api/v1/"):
        for key in OTHER_KEYS.get(noun(case), ()):
            case.body.pop(key, None)


@dataclass
class World:
    """What the answers of a run have shown so far.

    `clients` are those that exist, each with its owner's id if that was shown; `seen` are all records that were ever
    shown, `gone` those that were removed; `sent` are values that only one record may have; `client_of` is the client
    that a record belongs to; `numbers` count up for new values; `filtered_by` counts the lists by their only filter.
    """

    clients: dict[str, Any] = field(default_factory=dict)
    seen: dict[RecordName, None] = field(default_factory=dict)
    gone: set[RecordName] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    client_of: dict[RecordName, str] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    filtered_by: Counter[str] = field(default_factory=Counter)

    def learn(self, case: AnyCase, response: Response) -> None:
        """Record what an answer shows."""
        if not succeeded(response):
            return
        parameter = _REMOVED_BY.get(operation_id(case))
        if parameter or case.method.upper() == "DELETE":
            record_id = str((case.path_parameters or {}).get(parameter or "id"))
            self._remove(case, record_id, permanently=parameter is not None)
        data = body_of(response).get("data")
        for each in data if isinstance(data, list) else [data]:
            if isinstance(each, dict) and each.get("id"):  # a blank record has none
                named = (_shown_by(case), str(each["id"]))
                self.seen[named] = None
                if "client_id" in each:
                    self.client_of[named] = each["client_id"]
                if named[0] == "clients" and _is_live(case, each):
                    self.clients[str(each["id"])] = each.get("owner", {}).get("id")

    def _remove(self, case: AnyCase, record_id: str, permanently: bool) -> None:
        if noun(case) == "clients":
            self.clients.pop(record_id, None)
        if permanently:
            self.gone.add((noun(case), record_id))
            self.gone |= {named for named, client_id in self.client_of.items() if client_id == record_id}

    def use_known_values(self, case: AnyCase) -> None:
        """Put existing values into a valid request; only every second time if other values should be tried too."""
        name, body, path = operation_id(case), case.body, case.path_parameters or {}
        leave_other_keys_out(case)
        _mark_as_single_item(case.body)
        _replace_future_times(case.query or {})
        if name in _REFERRING and isinstance(body, dict) and next(self.numbers) % 2:
            self._use_known(body, *_REFERRING[name])
        if name in _UNIQUE and isinstance(body, dict):
            self._use_new(body, _UNIQUE[name])
        elif name == "api setClientOwner" and isinstance(body, dict) and next(self.numbers) % 2:
            body["owner"] = self.clients.get(str(path.get("id"))) or body.get("owner")
        elif name == "v1 createClientGatewayToken" and isinstance(body, dict) and self.clients:
            if str(body.get("client_id")) not in self.clients and (not body.get("client_id") or next(self.numbers) % 2):
                body["client_id"] = next(reversed(self.clients))
        elif name == "v1 postEntityActivities" and isinstance(body, dict) and self.clients:
            body["entity_id"] = body.get("entity_id") or next(reversed(self.clients))
        elif name.partition(" ")[2].startswith("list"):
            if next(self.numbers) % 2:
                self._widen(case.query)
        elif name == "v1 mergeClients" and str(path.get("other")) not in self.clients and next(self.numbers) % 2:
            others = [known for known in self.clients if known != str(path.get("id"))]
            path["other"] = others[-1] if others else path.get("other")

    def use_known_path(self, case: AnyCase) -> None:
        """Replace an unknown id in a path by an existing one, because a wrong body would otherwise only get a 404.

        Requests that remove a record are not changed, so that existing records remain.
        """
        path, what = case.path_parameters or {}, noun(case)
        if "id" not in path or case.method.upper() == "DELETE" or operation_id(case) in _REMOVED_BY:
            return
        if (what, str(path["id"])) in self.seen:
            return
        newest = next(reversed(self.clients), None) if what == "clients" else self._newest(what)
        if newest and (is_negative(case) or next(self.numbers) % 2):
            path["id"] = newest

    def _newest(self, what: str) -> str | None:
        return next((each for of, each in reversed(self.seen) if of == what and (of, each) not in self.gone), None)

    def _widen(self, query: dict[str, Any]) -> None:
        # A dozen random filters at once find nothing, and an empty list proves little: keep the one tried least.
        filters = [name for name, value in query.items() if name not in _PAGING and value != ""]
        if filters:
            self.filtered_by[left := min(filters, key=self.filtered_by.__getitem__)] += 1
            for name in set(filters) - {left}:
                del query[name]
        if str(query.get("page", 1)) not in ("1", "2"):
            del query["page"]

    def _use_known(self, body: dict[str, Any], key: str, of: str) -> None:
        known = sorted(each for what, each in self.seen if what == of and (of != "clients" or each in self.clients))
        if known:
            body[key] = int(known[next(self.numbers) % len(known)])

    def _use_new(self, body: dict[str, Any], key: str) -> None:
        value = str(body.get(key))
        if value in self.sent:
            _, at, domain = value.partition("@")
            value = body[key] = f"contract{next(self.numbers)}{at}{domain.strip()[:200]}"
        self.sent.add(value)

    def names_missing_record(self, case: AnyCase) -> bool:
        """Return whether a request names a purged or merged record, or one whose id in the body was never shown."""
        body = case.body if isinstance(case.body, dict) else {}
        lists = [body.get(name) for name in ("ids", "ids[]")]  # of JSON, and of forms as PHP writes them
        in_body = [str(each) for ids in lists if isinstance(ids, list) for each in ids]
        in_path = [str(each) for each in (case.path_parameters or {}).values()]
        named = [(noun(case), each) for each in in_path + in_body]
        return any(each in self.gone for each in named) or any((noun(case), each) not in self.seen for each in in_body)
