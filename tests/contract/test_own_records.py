"""On a deployment even a run with --write changes no existing record, however faulty the gateway is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import tests.server
from gateway.app import build_app
from gateway.contract.operations import PREFIXES
from gateway.contract.stock import stock
from tests.contract.faulty import Faulty, Request, Response, Send
from tests.gateway.command_line import CommandLine, fresh
from tests.server import Server, serving

PASSWORD = "Secret123"
LISTS = {
    "api": ("/clients", "/categories", "/contacts", "/notes"),
    "v1": ("/clients", "/group_settings", "/documents", "/client_gateway_tokens", "/webhooks"),
}
ORACLES = (
    *("keys_are_needed", "other_companies_write_nothing", "documented_refusals_are_given", "bad_bodies_are_refused"),
    *("other_methods_are_refused", "passwords_are_needed", "removed_is_gone", "numbers_are_never_reused"),
    *("categories_count", "emails_and_names_are_unique", "tags_are_shown", "children_survive_writes"),
    *("refusals_change_nothing", "writes_keep_the_state", "names_fall_back", "deleted_is_unknown"),
    *("errors_are_named_together", "other_values_are_kept", "bodies_are_read_alike", "merged_ids_name_the_survivor"),
    "contact_links_open",
    *("keys_are_checked_first", "ids_come_before_values", "versions_allow_actions", "uniqueness_is_per_company"),
    *("codings_change_nothing", "given_up_values_are_free"),
    *(
        "bodies_are_read_strictly",
        "last_values_count",
        "bulk_is_checked",
        "upload_fields_have_many_names",
        "webhooks_are_checked",
        "lines_of_a_header_are_one_list",
        "encoded_letters_are_the_same",
    ),
)
OPERATIONS = {
    "api": ("createCategory", "deleteCategory", "migrateCategory", "deleteClient", "setClientStatus", "deleteNote"),
    "v1": ("createGroupSetting", "deleteGroupSetting", "bulkGroupSettings", "deleteClient", "purgeClient"),
}

KEYS: list[str] = []
WRITES: list[tuple[str, int]] = []


async def careless(request: Request, send: Send) -> Response:
    """Let every caller change every record, and every search find everything."""
    answer = await send(request.without_params("search", "name"))
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return answer
    for key in KEYS if answer.status in (401, 403, 404, 412) else ():
        authenticated = request.with_headers(authorization=f"Bearer {key}", x_api_token=key, x_api_password=PASSWORD)
        tried = await send(authenticated.without_header("if-match"))
        answer = tried if tried.ok else answer
    WRITES.append((request.path, answer.status))
    return answer


class Always(dict[str, Any]):
    """A table of faults with the same fault under every name."""

    def get(self, _name: str, _default: Any = None) -> Any:
        return careless


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway that needs no key and no password, and does not separate companies."""
    folder = tmp_path_factory.mktemp("careless")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tests.server, "build_app", lambda *given: Faulty(build_app(*given), Always()))
        with serving(f"sqlite:///{folder / 'register.db'}", folder) as running:
            yield running


@pytest.fixture
def keys(server: Server, request: pytest.FixtureRequest) -> list[str]:
    made = [server.bootstrap(f"{request.node.name} {number}", password=PASSWORD) for number in (1, 2)]
    KEYS[:] = made
    for key in made:
        stock(server.url, key, clients=4)
        person = {"first_name": "A", "last_name": "B", "email": f"b@{key[:8]}.example"}
        category = _send(server, key, "/categories", {"category_name": "Kept"})
        client = _send(server, key, "/clients", person | {"client_categoryid": category["id"]})
        _send(server, key, "/notes", {"note_title": "T", "note_description": "D", "noteresource_id": client["id"]})
    return made


def _send(server: Server, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = requests.post(f"{server.url}/api{path}", json=body, headers={"Authorization": f"Bearer {key}"})
    return dict(answer.json()["data"])


def everything(server: Server, keys: list[str]) -> dict[tuple[str, str, str], Any]:
    """All records of both companies in both dialects, except for counts, which new clients change."""
    found = {}
    for key in keys:
        headers = {"Authorization": f"Bearer {key}", "X-API-TOKEN": key}
        for dialect, lists in LISTS.items():
            for path in lists:
                query = {"limit": 100} if dialect == "api" else {"per_page": 5000, "with_trashed": "true"}
                url = f"{server.url}{PREFIXES[dialect]}{path}"
                for page in range(1, 40):
                    listed = requests.get(url, query | {"page": page}, headers=headers).json()["data"]
                    found |= {(key, path, str(each["id"])): each | {"count": 0} for each in listed}
                    if not listed or dialect == "v1":
                        break
    return found


def changed(before: dict[Any, Any], after: dict[Any, Any]) -> list[str]:
    return [f"{path}/{each}" for (key, path, each), was in before.items() if after.get((key, path, each)) != was]


@pytest.fixture
def gateway(folder: Path) -> CommandLine:
    return fresh(folder)


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_oracles_change_only_records_they_have_created(dialect, server, keys, gateway, folder):
    before = everything(server, keys)
    WRITES.clear()
    named = [part for each in ORACLES for part in ("--oracle", each)]
    deployment = (server.url, "--token", keys[0], "--other-token", keys[1], "--password", PASSWORD, "--write")
    result = gateway.run("contract", *deployment, "--dialect", dialect, *named, "--report-dir", folder / "reports")
    assert result.exit_code == 1  # the faults are found, and have done no harm
    assert len(WRITES) > 50
    assert changed(before, everything(server, keys)) == []


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_schemathesis_changes_only_records_it_has_created(dialect, server, keys, gateway, folder):
    before = everything(server, keys)
    WRITES.clear()
    named = [part for each in OPERATIONS[dialect] for part in ("--operation", each)]
    deployment = (server.url, "--token", keys[0], "--other-token", keys[1], "--password", PASSWORD, "--write")
    more = ("--dialect", dialect, "--seed", 5, "--max-examples", 5, "--report-dir", folder / "reports")
    gateway.run("contract", *deployment, *named, *more)
    done = {path for path, status in WRITES if status < 300}
    assert len(WRITES) > 200
    assert any(path.count("/") > PREFIXES[dialect].count("/") + 1 for path in done), "records of its own were changed"
    assert changed(before, everything(server, keys)) == []
