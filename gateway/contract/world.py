"""What a run has learnt of the register from its own answers, lent to requests that could only guess.

Schemathesis draws the ids in paths and links from earlier answers by itself. It cannot know that a client's owner must
be a person of that very client, that the other client of a merge is a client too, that an email is taken once it has
been used, and that a purge or a merge ends a client as DELETE does.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from schemathesis import Response

from gateway.contract.checks.reading import AnyCase, body_of, operation_id, succeeded

_PAGING = ("page", "limit", "per_page", "sort", "order")
_END_OF = {"v1 purgeClient": "id", "v1 mergeClients": "other"}


def _lives(case: AnyCase, client: dict[str, Any]) -> bool:
    return case.method.upper() != "DELETE" and not client.get("is_deleted")


@dataclass
class World:
    """The clients that live, with their owners where shown; all ever seen; those that are gone; the emails sent."""

    clients: dict[str, Any] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def learn(self, case: AnyCase, response: Response) -> None:
        """Take in an answer."""
        if not succeeded(response):
            return
        ending = _END_OF.get(operation_id(case))
        if ending or case.method.upper() == "DELETE":
            self._forget(str((case.path_parameters or {}).get(ending or "id")), for_good=ending is not None)
        data = body_of(response).get("data")
        for each in data if isinstance(data, list) else [data]:
            if isinstance(each, dict) and "id" in each:
                self.seen.add(str(each["id"]))
                if _lives(case, each):
                    self.clients[str(each["id"])] = each.get("owner", {}).get("id")

    def _forget(self, client_id: str, for_good: bool) -> None:
        self.clients.pop(client_id, None)
        if for_good:
            self.gone.add(client_id)

    def lend(self, case: AnyCase) -> None:
        """Put what exists into a valid request, every other time where that what does not exist is worth trying too."""
        name, body, path = operation_id(case), case.body, case.path_parameters or {}
        if name == "api createClient" and isinstance(body, dict):
            self._lend_email(body)
        elif name == "api setClientOwner" and isinstance(body, dict) and next(self.numbers) % 2:
            body["owner"] = self.clients.get(str(path.get("id"))) or body.get("owner")
        elif name.endswith("listClients") and next(self.numbers) % 2:
            self._widen(case.query)
        elif name == "v1 mergeClients" and str(path.get("other")) not in self.clients and next(self.numbers) % 2:
            others = [known for known in self.clients if known != str(path.get("id"))]
            path["other"] = others[-1] if others else path.get("other")

    def _widen(self, query: dict[str, Any]) -> None:
        # A dozen random filters at once find nothing, and an empty list proves little: leave one at a time.
        filters = [name for name in query if name not in _PAGING]
        for name in set(filters) - set(filters[next(self.numbers) % max(1, len(filters)) :][:1]):
            del query[name]
        if str(query.get("page", 1)) not in ("1", "2"):
            del query["page"]

    def _lend_email(self, body: dict[str, Any]) -> None:
        email = str(body.get("email"))
        if email in self.emails:
            domain = email.partition("@")[2].strip()[:200]
            email = body["email"] = f"contract{next(self.numbers)}@{domain}"
        self.emails.add(email)

    def names_nobody(self, case: AnyCase) -> bool:
        """Whether a request names a client that was purged or merged away, or in its body one that never was."""
        body = case.body if isinstance(case.body, dict) else {}
        lists = [body.get(name) for name in ("ids", "ids[]")]  # of JSON, and of forms as PHP writes them
        in_body = [str(each) for ids in lists if isinstance(ids, list) for each in ids]
        in_path = [str(each) for each in (case.path_parameters or {}).values()]
        return any(each in self.gone for each in in_path + in_body) or any(each not in self.seen for each in in_body)
