"""Exporting clients to files, and importing them again."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.command_line import ACME, CommandLine, fresh, new_acme
from tests.moving.conftest import OWN_KEY, PUBLIC_URL
from tests.server import serving

HEADERS = {"X-API-TOKEN": OWN_KEY, "Authorization": f"Bearer {OWN_KEY}"}
EVERYONE = "/api/v1/clients?per_page=100&status=active,archived,deleted"
FORMULAS = ["=1+1", "+44 20 1234", "-5", "@SUM(A1)", "\ttab", "'quoted", "'=quoted", "plain"]


def lived_in(cli: CommandLine) -> None:
    """Fill a register through both dialects, with values that only one of them can express, and in every state."""
    cli("bootstrap", *ACME, "--token", OWN_KEY)
    category = cli("categories", "add", "Wholesale")
    for n in range(5):
        cli("custom-fields", "add", f"field{n}")
    with serving(cli.database_url, cli.folder) as server, httpx.Client(base_url=server.url, headers=HEADERS) as http:
        owner = {"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "tags": ["vip", "a b"]}
        more = {"field0": "one", "field4": "five", "client_billing_country": "Narnia", "client_categoryid": category}
        http.post("/api/clients", json=owner | more | {"client_company_name": "Größe & Söhne"}).raise_for_status()
        note = {"note_title": "Call", "note_description": "Größe?", "noteresource_id": 1, "tags": ["a", "b"]}
        http.post("/api/notes", json=note | {"note_visibility": "private"}).raise_for_status()
        people = [
            {"email": "a@b.example", "password": "Secret123"},
            {"first_name": "Z", "phone": "1", "is_primary": True},
        ]
        settings = {"payment_terms": "7", "deep": {"a": [1, None]}}
        for body in (
            {"name": "", "contacts": people, "settings": settings, "address2": "Unit 1"},
            {"name": "Gone"},
            {},
        ):
            made = (
                http.post("/api/v1/clients", json=body | {"number": f"N-{len(body)}"}).raise_for_status().json()["data"]
            )
        http.put(f"/api/v1/clients/{made['id']}/upload", files={"file": ("a b.txt", b"bytes")}).raise_for_status()
        http.delete(f"/api/v1/clients/{made['id']}").raise_for_status()
        http.put("/api/clients/2/status", json={"status": "suspended"}).raise_for_status()
    cli("clients", "set-balance", 2, "--balance", "-12.345678")


def views(cli: CommandLine) -> list[bytes]:
    """Return every byte that both dialects show of clients and categories."""
    paths = (EVERYONE, "/api/clients?limit=100", "/api/categories", "/api/v1/group_settings", "/api/notes")
    with serving(cli.database_url, cli.folder, public_url=PUBLIC_URL) as server, httpx.Client(headers=HEADERS) as http:
        found = [http.get(server.url + path).content for path in paths]
        ids = [each["id"] for client in json.loads(found[0])["data"] for each in client["documents"]]
        return found + [http.get(f"{server.url}/api/v1/documents/{each}/download").content for each in ids]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    cli = fresh(tmp_path_factory.mktemp("source"))
    lived_in(cli)
    return cli


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_json_transfers_everything_to_a_fresh_register(source, engine, new_register, tmp_path):
    file, folder = tmp_path / "clients.json", tmp_path / "exported"
    source("export", "json", "--output", file, "--documents", folder, "--password-hashes")
    target = CommandLine(new_register(engine), tmp_path)
    target("bootstrap", *ACME, "--token", OWN_KEY)
    said = target("import", "json", file, "--documents", folder)
    assert said.splitlines()[0] == "4 clients created, 0 updated, 0 unchanged."
    assert "left out" not in said
    assert views(target) == views(source)
    assert target("import", "json", file).splitlines() == ["0 clients created, 0 updated, 4 unchanged."]
    assert target.run("check").exit_code == 0


def test_json_has_passwords_only_on_request(source):
    assert "argon2" not in source("export", "json")
    assert "argon2" in source("export", "json", "--password-hashes")


def test_an_export_appears_only_when_complete_and_readable_by_its_owner(source, tmp_path):
    source("export", "csv", "--output", tmp_path / "new" / "clients.csv")
    assert [(each.name, each.stat().st_mode & 0o777) for each in (tmp_path / "new").iterdir()] == [
        ("clients.csv", 0o600)
    ]


@pytest.fixture
def exported(source, tmp_path) -> Path:
    """Export the one document into a folder that was used before. Return its file."""
    source("export", "json", "--output", tmp_path / "clients.json", "--documents", tmp_path / "exported")
    return next((tmp_path / "exported").iterdir())


def test_exported_documents_are_for_their_owner_and_may_be_exported_again(source, exported, tmp_path):
    source("export", "json", "--output", tmp_path / "clients.json", "--documents", exported.parent)
    assert [each.name for each in exported.parent.iterdir()] == [exported.name]
    assert [each.stat().st_mode & 0o777 for each in (exported.parent, exported)] == [0o700, 0o600]


def unchanged_properties(path):
    """Return what an export must not change of a file; its access time may change."""
    found = path.lstat()
    return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns


@pytest.mark.parametrize(
    "there", ["other bytes", "a link to the same bytes", "a link to nothing", "a folder", "a pipe"]
)
def test_exported_documents_overwrite_nothing(source, exported, tmp_path, there):
    outside, clients = tmp_path / "outside", tmp_path / "clients.json"
    content = exported.read_bytes()
    exported.unlink()
    clients.write_text("old")
    match there:
        case "other bytes":
            exported.write_bytes(content[::-1])
        case "a link to the same bytes":
            outside.write_bytes(content)
            exported.symlink_to(outside)
        case "a link to nothing":
            exported.symlink_to(outside)
        case "a folder":
            exported.mkdir()
        case "a pipe":
            os.mkfifo(exported)
    before = unchanged_properties(exported)
    refused = source.run("export", "json", "--output", clients, "--documents", exported.parent)
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"Error: {exported} exists and is not that document; it was not changed.\n",
    )
    assert unchanged_properties(exported) == before
    assert outside.exists() == (there == "a link to the same bytes")
    assert (clients.read_text(), [each.name for each in exported.parent.iterdir()]) == ("old", [exported.name])


def test_documents_cannot_go_into_a_file(source, tmp_path):
    (tmp_path / "file").write_text("mine")
    refused = source.run("export", "json", "--documents", tmp_path / "file")
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"Error: {tmp_path / 'file'} is not a folder; move it away, or name another place.\n",
    )


@pytest.mark.parametrize(("kind", "path"), [("ninja", EVERYONE), ("grow", "/api/clients?limit=100&order=asc")])
def test_exports_in_a_dialects_format_equal_its_answers(source, kind, path):
    exported = [json.loads(line) for line in source("export", kind, GATEWAY_PUBLIC_URL=PUBLIC_URL).splitlines()]
    with serving(source.database_url, source.folder, public_url=PUBLIC_URL) as server:
        shown = httpx.get(server.url + path, headers=HEADERS).json()["data"]
    assert sorted(exported, key=str) == sorted(shown, key=str)


def rows_of(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_importing_an_exported_csv_changes_only_edited_values(source, tmp_path):
    file = tmp_path / "clients.csv"
    file.write_text(source("export", "csv") + "\n", newline="")
    assert source("import", "csv", file).splitlines() == ["0 clients created, 0 updated, 4 unchanged."]
    rows = rows_of(file.read_text())
    assert [(row["id"], row["status"]) for row in rows] == [
        ("1", "active"),
        ("2", "archived"),
        ("3", "active"),
        ("4", "deleted"),
    ]
    assert (rows[1]["balance"], rows[0]["tags"], rows[0]["country"]) == ("-12.345678", "vip; a b", "Narnia")


def test_csv_imports_a_spreadsheet_without_ids(tmp_path):
    cli = new_acme(tmp_path, OWN_KEY)
    file = tmp_path / "list.csv"
    file.write_bytes(
        "\ufeffnumber,name,email,category,tags,nonsense\r\n"
        'K-1,Öl & Gas,jo@acme.example,Retail,"vip;new",1\r\n'
        ",No number,,,,\r\n".encode()
    )
    result = cli.run("import", "csv", file)
    assert (result.exit_code, result.stdout.splitlines()) == (
        3,
        ["2 clients created, 0 updated, 0 unchanged.", "The column 'nonsense' is unknown and left out."],
    )
    file.write_text("number,name,tags\nK-1,Öl & Gas again,\n")
    assert cli("import", "csv", file) == "0 clients created, 1 updated, 0 unchanged."
    rows = rows_of(cli("export", "csv"))
    assert [(row["number"], row["name"], row["category"], row["tags"]) for row in rows] == [
        ("K-1", "Öl & Gas again", "Retail", ""),
        ("0001", "No number", "Default", ""),
    ]


def test_no_cell_of_csv_is_a_formula_and_importing_restores_each_value(tmp_path):
    cli = new_acme(tmp_path, OWN_KEY)
    with serving(cli.database_url, cli.folder) as server:
        for name in FORMULAS:
            httpx.post(f"{server.url}/api/v1/clients", headers=HEADERS, json={"name": name}).raise_for_status()
    text = cli("export", "csv") + "\n"
    assert not [row["name"] for row in rows_of(text) if row["name"][0] in "=+-@\t\r"]
    file = tmp_path / "clients.csv"
    file.write_text(text, newline="")
    assert cli("import", "csv", file) == f"0 clients created, 0 updated, {len(FORMULAS)} unchanged."


WRONG = {
    "no such column": ("csv", b"a,b\n1,2\n", "names no known column"),
    "no text": ("csv", b"\xff\xfe\x00", "is not CSV in UTF-16"),
    "no JSON": ("json", b"hello", "The file is not JSON"),
    "another JSON": ("json", b'{"a": 1}\n', "was not written by `gateway export json`"),
    "nothing": ("json", b"", "The file is not JSON"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_of_another_kind_is_refused_with_one_sentence(source, case, tmp_path):
    kind, content, words = WRONG[case]
    (tmp_path / "file").write_bytes(content)
    result = source.run("import", kind, tmp_path / "file")
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr.splitlines()[-1]


def test_a_broken_line_or_row_is_refused_and_the_others_are_imported(source, tmp_path):
    head, *lines = source("export", "json").splitlines()
    (tmp_path / "f.json").write_text("\n".join([head, "{broken", "[]", lines[0]]))
    result = source.run("import", "json", tmp_path / "f.json")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (3, "0 clients created, 0 updated, 1 unchanged.")
    (tmp_path / "f.csv").write_text("id,name\nx,Bad\n1,Größe & Söhne\n")
    result = source.run("import", "csv", tmp_path / "f.csv")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (3, "0 clients created, 0 updated, 1 unchanged.")


def test_documents_are_read_only_from_their_folder(source, tmp_path):
    head, *lines = source("export", "json").splitlines()
    client = json.loads(lines[3])
    client["id"], client["number"], client["client_hash"] = 77, "77", "h"
    client["contacts"], client["documents"][0] = [], client["documents"][0] | {"id": 99, "hash": "../register.db"}
    (tmp_path / "documents").mkdir()
    (tmp_path / "register.db").write_bytes(b"secret")
    (tmp_path / "f.json").write_text(f"{head}\n{json.dumps(client)}\n")
    said = source("import", "json", tmp_path / "f.json", "--documents", tmp_path / "documents", "--dry-run")
    assert said.splitlines()[0] == "1 client would be created, 0 would be updated, 0 unchanged."
    target = fresh(tmp_path / "target" if (tmp_path / "target").mkdir() is None else Path())
    target("bootstrap", *ACME)
    said = target("import", "json", tmp_path / "f.json", "--documents", tmp_path / "documents")
    assert "its bytes could not be downloaded" in said


def test_the_columns_of_csv_are_documented(source):
    page = (Path(__file__).parents[2] / "docs" / "moving-in.md").read_text()
    head = source("export", "csv").splitlines()[0]
    assert [name for name in head.split(",") if f"| `{name}` |" not in page] == []
