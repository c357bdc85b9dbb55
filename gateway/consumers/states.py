"""Provider states: what a consumer presumes about the register, set up through the public APIs.

Each state is a sentence. Setting it up returns values for the consumer's generators (`${id}`).
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import httpx

from gateway.consumers.caller import DIALECTS, Caller

Params = Mapping[str, Any]
Values = dict[str, Any]

_PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
_MAX_MANY = 200


class NotSetUp(Exception):
    """A state cannot be set up; the text is for the user."""


@dataclass
class Situation:
    """What states have set up on a gateway for one interaction, and the values for its generators."""

    caller: Caller
    dialect: str
    as_in_file: bool = False  # the key of the request is not replaced
    values: Values = field(default_factory=dict)

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Send a request of the dialect and return its `data`. Raises `NotSetUp`, `WriteRefused`."""
        answer = self.caller.send(method, f"{DIALECTS[self.dialect]}{path}", **options)
        if answer.is_error:
            raise NotSetUp(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
        return answer.json().get("data")

    def there(self, path: str) -> bool:
        """Return whether something can be read."""
        return self.caller.send("GET", f"{DIALECTS[self.dialect]}{path}").is_success


def set_up(situation: Situation, name: str, params: Params, own: Mapping[str, Params]) -> None:
    """Set up a state. `own` are the consumer's own names. Raises `NotSetUp`, `WriteRefused`."""
    given = own.get(name, {"state": name})
    params = {**given.get("params", {}), **params}
    for pattern, act in _STATES.items():
        if found := re.fullmatch(pattern, _normalised(str(given["state"])), re.IGNORECASE):
            try:
                act(situation, found.groupdict(), params)
            except httpx.HTTPError as error:
                raise NotSetUp(str(error)) from error
            return
    similar = get_close_matches(name, EXAMPLES, n=1, cutoff=0.4)
    hint = f"; did you mean {similar[0]!r}?" if similar else ""
    raise NotSetUp(f"the provider state {name!r} is unknown, and --states FILE can define it{hint}")


def _normalised(name: str) -> str:
    return (
        re.sub(r"\s+", " ", name).strip(" .").removeprefix("that ").removeprefix("there is ").removeprefix("there are ")
    )


def _nothing(_situation: Situation, _named: Params, _params: Params) -> None:
    """Do nothing: the fixtures exist anyway."""


def _other_key(situation: Situation, _named: Params, _params: Params) -> None:
    situation.as_in_file = True


def _no_clients(situation: Situation, _named: Params, _params: Params) -> None:
    if situation.caller.empty_token is None:
        raise NotSetUp("only a temporary gateway has a company without clients")
    situation.caller = situation.caller.of(situation.caller.empty_token)


def _client(situation: Situation, named: Params, params: Params) -> None:
    wanted = named.get("id") or params.get("id")
    if wanted is not None:
        _known(situation, str(wanted), params)
    else:
        _remember(situation, "client", situation.send("POST", "/clients", json=_new_client(situation.dialect, params)))
    if (kind := named.get("kind")) in ("archived", "suspended"):
        _archive(situation)
    elif kind == "deleted":
        situation.send("DELETE", f"/clients/{situation.values['client_id']}")


def _known(situation: Situation, wanted: str, params: Params) -> None:
    if not situation.there(f"/clients/{wanted}"):
        raise NotSetUp(f"there is no client {wanted}, and ids cannot be chosen; use a generator for the id")
    changes = {key: value for key, value in params.items() if key != "id"}
    method = "PATCH" if changes else "GET"
    options = {"json": changes} if changes else {}
    _remember(situation, "client", situation.send(method, f"/clients/{wanted}", **options))


def _new_client(dialect: str, params: Params) -> Values:
    email = f"consumer-{secrets.token_hex(6)}@consumer.example"
    if dialect == "v1":
        return {"name": "Consumer's Client", "contacts": [{"first_name": "Jane", "email": email}], **params}
    name = {"first_name": "Jane", "last_name": "Doe", "client_company_name": "Consumer's Client"}
    return {**name, "email": email, **params}


def _archive(situation: Situation) -> None:
    client_id = situation.values["client_id"]
    if situation.dialect == "v1":
        situation.send("POST", "/clients/bulk", json={"action": "archive", "ids": [client_id]})
    else:
        situation.send("PUT", f"/clients/{client_id}/status", json={"status": "suspended"})


def _many(situation: Situation, named: Params, params: Params) -> None:
    count = params.get("count") or named.get("count")
    count = int(str(count)) if str(count).isdecimal() else 3
    for _ in range(min(count, _MAX_MANY)):
        _client(situation, {}, {key: value for key, value in params.items() if key != "count"})


def _absent(situation: Situation, named: Params, params: Params) -> None:
    wanted = named.get("id") or params.get("id")
    if wanted is not None and situation.there(f"/clients/{wanted}"):
        raise NotSetUp(f"there is a client {wanted}; use an id that no client has")


def _category(situation: Situation, _named: Params, params: Params) -> None:
    name = {"name" if situation.dialect == "v1" else "category_name": f"Category {secrets.token_hex(4)}"}
    path = "/group_settings" if situation.dialect == "v1" else "/categories"
    _remember(situation, "category", situation.send("POST", path, json={**name, **params}))
    situation.values.update(group_setting_id=situation.values["id"], group_settings_id=situation.values["id"])


def _contact(situation: Situation, _named: Params, params: Params) -> None:
    _client(situation, {}, {})
    if situation.dialect == "v1":
        raise NotSetUp("/api/v1 has no contacts of their own; 'a client exists' accepts them as a parameter")
    email = f"consumer-{secrets.token_hex(6)}@consumer.example"
    body = {"clientid": situation.values["client_id"], "first_name": "Jo", "last_name": "Roe", "email": email, **params}
    _remember(situation, "contact", situation.send("POST", "/contacts", json=body))


def _note(situation: Situation, _named: Params, params: Params) -> None:
    if situation.dialect == "v1":
        raise NotSetUp("/api/v1 has no notes")
    _client(situation, {}, {})
    about = {"noteresource_type": "client", "noteresource_id": situation.values["client_id"]}
    body = {"note_title": "Title", "note_description": "Words", **about, **params}
    _remember(situation, "note", situation.send("POST", "/notes", json=body))


def _document(situation: Situation, _named: Params, _params: Params) -> None:
    _require_v1(situation, "documents")
    _client(situation, {}, {})
    client_id = situation.values["client_id"]
    situation.send("PUT", f"/clients/{client_id}/upload", files={"documents[]": ("dot.png", _PNG)})
    _remember(situation, "document", situation.send("POST", f"/clients/{client_id}/documents")[0])


def _gateway_token(situation: Situation, _named: Params, params: Params) -> None:
    _require_v1(situation, "gateway tokens")
    _client(situation, {}, {})
    body = {"client_id": situation.values["client_id"], "token": "tok_1", **params}
    _remember(situation, "gateway_token", situation.send("POST", "/client_gateway_tokens", json=body))


def _require_v1(situation: Situation, what: str) -> None:
    if situation.dialect != "v1":
        raise NotSetUp(f"/api has no {what}")


def _foreign_client(situation: Situation, _named: Params, params: Params) -> None:
    if situation.caller.other_token is None:
        raise NotSetUp("another company needs --other-token")
    elsewhere = Situation(situation.caller.of(situation.caller.other_token), situation.dialect)
    _client(elsewhere, {}, params)
    situation.values.update(elsewhere.values)


def _remember(situation: Situation, noun: str, shown: Any) -> None:
    """Note the values of a new record: its own plain ones, and its id as `id`, `client_id` and `clientId`."""
    values: Values = {key: value for key, value in shown.items() if isinstance(value, str | int | float)}
    record_id = shown["id"]
    camel = re.sub(r"_(\w)", lambda found: found[1].upper(), f"{noun}_id")
    values |= {"id": record_id, f"{noun}_id": record_id, camel: record_id}
    if isinstance(owner := shown.get("owner"), dict):
        values["owner_id"] = owner.get("id")
    situation.values.update(values)


_KEY = r"(api )?(key|token)"
_KIND = r"(an? |the )?((?P<kind>archived|suspended|deleted) )?client"
_ID = r"( with)?( the)?( id)? (?P<id>\w+)"
_STATES: dict[str, Callable[[Situation, Params, Params], None]] = {
    r"|nothing|clients exist|(the |our )?fixtures?( exists?)?|a fresh (register|database)": _nothing,
    rf"(the|an?) {_KEY} is (wrong|unknown|invalid|missing)|no {_KEY}|un(authorized|authenticated)": _other_key,
    r"no clients?( exists?)?|an empty (company|register)": _no_clients,
    r"(?P<count>\d+|several|many|some|two|three) clients( exist)?": _many,
    r"an? (category|group|group setting)( exists?)?": _category,
    r"an? contact( exists?)?": _contact,
    r"an? note( exists?)?": _note,
    r"an? (document|client with (a document|documents))( exists?)?": _document,
    r"an? (client )?gateway token( exists?)?|a client with a gateway token( exists)?": _gateway_token,
    r"((an? )?client of another company|another company's client)( exists?)?": _foreign_client,
    rf"no client{_ID}( exists)?": _absent,
    rf"(an? |the )?client{_ID} (does not|doesn't) exist": _absent,
    rf"{_KIND}( exists?)?": _client,
    rf"{_KIND}{_ID}( exists?)?": _client,
}
EXAMPLES = (
    "the fixtures",
    "no clients exist",
    "a client exists",
    "an archived client exists",
    "a deleted client exists",
    "client 12 exists",
    "client 999 does not exist",
    "3 clients exist",
    "a category exists",
    "a group exists",
    "a contact exists",
    "a note exists",
    "a document exists",
    "a gateway token exists",
    "a client of another company exists",
    "the key is wrong",
)
"""The states as docs/consumers.md lists them."""
