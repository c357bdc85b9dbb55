"""openapi-python-client: a package from each file, and a create, read, update and delete through it."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest

from gateway.cli.openapi import document_text
from tests.clients.generated import generate
from tests.drivers import HASHIDS
from tests.made_once import made_once

DIALECTS = {"api": "register_legacy", "v1": "register_v1"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory):
    """The importable packages that were generated from both documents."""

    def make(folder: Path) -> None:
        for dialect, package in DIALECTS.items():
            document = folder / f"{dialect}.yaml"
            document.write_text(document_text(dialect, one_encoding=True))
            generate(document, folder / package)

    folder = made_once(tmp_path_factory, "clients", make)
    sys.path.insert(0, str(folder))
    yield {dialect: _imported(package) for dialect, package in DIALECTS.items()}
    sys.path.remove(str(folder))


def _imported(package: str) -> ModuleType:
    """Import the package with every module in it. Return it."""
    root = importlib.import_module(package)
    for each in pkgutil.walk_packages(root.__path__, f"{package}."):
        importlib.import_module(each.name)
    return root


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def operation(package: ModuleType, name: str) -> ModuleType:
    return sys.modules[f"{package.__name__}.api.clients.{name}"]


def test_the_legacy_client_creates_changes_and_deletes(generated, company, stack):
    package = generated["api"]
    models = package.models
    client = stack.enter_context(
        package.AuthenticatedClient(base_url=company.server.url, token=company.key, raise_on_unexpected_status=True)
    )
    person = models.CreateClientBody(
        first_name="Jane", last_name="Doe", email="jane@acme.example", client_company_name="Acme", tags=["vip"]
    )
    made = operation(package, "create_client").sync(client=client, body=person).data
    assert (made.company_name, made.owner.name, made.tags) == ("Acme", "Jane Doe", ["vip"])
    change = models.UpdateClientBody(client_company_name="Acme Ltd")
    assert operation(package, "update_client").sync(made.id, client=client, body=change).data.company_name == "Acme Ltd"
    assert operation(package, "get_client").sync(made.id, client=client).data.company_name == "Acme Ltd"
    assert [each.id for each in operation(package, "list_clients").sync(client=client).data] == [made.id]
    assert operation(package, "delete_client").sync(made.id, client=client).data.id == made.id
    gone = operation(package, "get_client").sync_detailed(made.id, client=client)
    assert (gone.status_code, gone.parsed.message) == (404, "Client not found.")


def test_the_v1_client_creates_changes_and_deletes(generated, company, stack):
    package = generated["v1"]
    client = stack.enter_context(
        package.AuthenticatedClient(
            base_url=company.server.url,
            token=company.key,
            prefix="",
            auth_header_name="X-API-TOKEN",
            raise_on_unexpected_status=True,
        )
    )
    body = package.models.CreateClientBody.from_dict({"name": "Acme", "contacts": [{"first_name": "Jane"}]})
    made = operation(package, "create_client").sync(client=client, body=body).data
    assert (made.name, made.contacts[0].first_name) == ("Acme", "Jane")
    change = package.models.UpdateClientBody(name="Acme Ltd")
    assert operation(package, "update_client").sync(made.id, client=client, body=change).data.name == "Acme Ltd"
    assert operation(package, "get_client").sync(made.id, client=client).data.display_name == "Acme Ltd"
    assert company.legacy_view(HASHIDS.decode(made.id)[0])["company_name"] == "Acme Ltd"
    assert operation(package, "delete_client").sync(made.id, client=client).data.is_deleted is True
    assert operation(package, "list_clients").sync(client=client).data == []
