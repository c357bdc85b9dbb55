"""Clients that generators make from the published OpenAPI files, with every encoding of a body."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest

from tests.clients.generated import generate
from tests.integrations.packages import npm_packages
from tests.made_once import made_once

ROOT = Path(__file__).parents[2]
TYPESCRIPT = ROOT / "tests" / "clients" / "typescript"
FILES = {"api": "published_legacy", "api-v1": "published_v1"}
ENCODINGS = ("json", "data", "files")
PACKAGES = (
    "openapi-typescript@7.13.0",
    "openapi-fetch@0.17.0",
    "typescript@5.9.3",
    "tsx@4.23.15",
    "@types/node@22.20.5",
)


@pytest.fixture(scope="module")
def python_packages(tmp_path_factory):
    """The importable packages that openapi-python-client makes from both files, without a warning."""

    def make(folder: Path) -> None:
        for file, package in FILES.items():
            generate(ROOT / "openapi" / f"{file}.yaml", folder / package)

    folder = made_once(tmp_path_factory, "published", make)
    sys.path.insert(0, str(folder))
    yield {file: import_module(package) for file, package in FILES.items()}
    sys.path.remove(str(folder))


@pytest.fixture
def calling(python_packages, company):
    """Call an operation of a generated package by name. Return its parsed answer."""
    with ExitStack() as opened:
        clients = {
            "api": {"token": company.key},
            "api-v1": {"token": company.key, "prefix": "", "auth_header_name": "X-API-TOKEN"},
        }
        for file, how in clients.items():
            made = python_packages[file].AuthenticatedClient(
                base_url=company.server.url, raise_on_unexpected_status=True, **how
            )
            clients[file] = opened.enter_context(made)

        def call(file: str, operation: str, *ids, **given):
            module = import_module(f"{FILES[file]}.api.{operation}")
            return module.sync(*ids, client=clients[file], **given)

        yield call


def model(python_packages, file: str, name: str):
    return getattr(import_module(f"{python_packages[file].__name__}.models"), name)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_python_client_of_api_writes_in_every_encoding(company, python_packages, calling, encoding):
    names = {
        each: model(python_packages, "api", f"{each}Client{encoding.title()}Body") for each in ("Create", "Update")
    }
    person = {"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "client_company_name": "Acme"}
    made = calling("api", "clients.create_client", body=names["Create"].from_dict(person)).data
    assert (made.company_name, made.owner.name) == ("Acme", "Jane Doe")
    change = names["Update"].from_dict({"client_company_name": "Acme Ltd", "client_billing_invoice_due_days": "7"})
    changed = calling("api", "clients.update_client", made.id, body=change).data
    assert (changed.company_name, changed.billing.invoice_due_days) == ("Acme Ltd", "7")
    assert company.legacy_view(made.id)["company_name"] == "Acme Ltd"


def test_a_python_client_of_api_sends_an_array_in_a_form(python_packages, calling, company):
    made = company.new_legacy(tags=["old"])
    tags = model(python_packages, "api", "SetClientTagsDataBody")(tags=["vip", "retainer"])
    assert calling("api", "clients.set_client_tags", made["id"], body=tags).data.tags == ["vip", "retainer"]
    note = model(python_packages, "api", "CreateNoteDataBody").from_dict(
        {"note_title": "Call", "note_description": "At noon.", "noteresource_id": made["id"]}
    )
    assert calling("api", "notes.create_note", body=note).data.title == "Call"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_python_client_of_v1_writes_in_every_encoding(company, python_packages, calling, encoding):
    body = model(python_packages, "api-v1", f"CreateClient{encoding.title()}Body")
    made = calling("api-v1", "clients.create_client", body=body.from_dict({"name": "Acme", "city": "Bern"})).data
    assert (made.name, made.city, company.v1_view(made.id)["city"]) == ("Acme", "Bern", "Bern")
    change = model(python_packages, "api-v1", f"UpdateClient{encoding.title()}Body")(name="Acme Ltd")
    assert calling("api-v1", "clients.update_client", made.id, body=change).data.name == "Acme Ltd"


def test_a_python_client_of_v1_uploads_and_changes_several_at_once(company, python_packages, calling):
    client = company.new_v1()["id"]
    file_of = import_module(f"{FILES['api-v1']}.types").File
    body = model(python_packages, "api-v1", "UploadClientDocumentsBody")
    files = [file_of(payload=BytesIO(name.encode()), file_name=f"{name}.txt") for name in ("one", "two")]
    shown = calling("api-v1", "clients.upload_client_documents", client, body=body(documents=files)).data
    assert sorted(each.name for each in shown.documents) == ["one.txt", "two.txt"]
    ids = model(python_packages, "api-v1", "BulkClientsDataBody").from_dict({"action": "archive", "ids[]": [client]})
    assert [each.id for each in calling("api-v1", "clients.bulk_clients", body=ids).data] == [client]
    assert company.v1_view(client)["archived_at"] > 0


@pytest.mark.parametrize("operation", ["statics.get_statics", "users.list_users", "companies.get_current_company"])
def test_a_python_client_of_v1_reads_the_resources_other_than_clients(calling, operation):
    assert calling("api-v1", operation).to_dict()


@pytest.mark.long
def test_a_typescript_client_lives_a_clients_life_in_both_dialects(company, tmp_path):
    packages = npm_packages("typescript-2026", *PACKAGES)
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    for name in ("round-trip.ts", "tsconfig.json", "package.json"):
        shutil.copy(TYPESCRIPT / name, tmp_path / name)
    for file in FILES:
        _run(tmp_path, "openapi-typescript", str(ROOT / "openapi" / f"{file}.yaml"), "-o", f"generated/{file}.ts")
    _run(tmp_path, "tsc", "--noEmit")
    _run(tmp_path, "tsx", "round-trip.ts", GATEWAY_URL=company.server.url, GATEWAY_KEY=company.key)


def _run(folder: Path, program: str, *arguments: str, **settings: str) -> None:
    command = [str(folder / "node_modules" / ".bin" / program), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
