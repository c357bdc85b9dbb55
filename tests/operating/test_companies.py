"""Companies that are listed, renamed and removed while the gateway serves."""

import json
import os
import signal
import threading
import time

import httpx
import pytest
from sqlalchemy import create_engine, text

from tests.drivers import Company
from tests.faults.outages import until
from tests.gateway.command_line import CommandLine
from tests.operating.terminal import answered
from tests.server import serving

SIMILAR = ["acme", "ACME", "A c m e", "Ac\u00a0me", "Ａｃｍｅ", "Ac\u200bme", "AcMe"]


def bootstrapped(run, name: str, *more: str):
    given = ("--email", "x@y.example", "--password", "Secret123")
    return run.run("bootstrap", "--company", name, *given, *more)


def test_companies_are_listed_with_their_counts(installed):
    listed = installed.run.listed("companies", "list")
    counted = [{name: row[name] for name in ("id", "name", "users", "keys", "clients", "documents")} for row in listed]
    same = {"users": 1, "keys": 1, "clients": 2, "documents": 1}
    assert counted == [{"id": 1, "name": "Acme", **same}, {"id": 2, "name": "Globex", **same}]
    assert all(row["created_at"].endswith("Z") for row in listed)


@pytest.mark.parametrize("name", SIMILAR)
def test_a_name_similar_to_another_company_needs_confirmation(cli, name):
    refused = bootstrapped(cli, name)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "differs from company 'Acme' only" in refused.stderr
    assert "--yes" in refused.stderr
    assert [row["name"] for row in cli.listed("companies", "list")] == ["Acme"]
    assert bootstrapped(cli, name, "--yes").exit_code == 0
    assert len(cli.listed("companies", "list")) == 2


def test_composed_and_decomposed_letters_make_the_same_name(cli):
    assert bootstrapped(cli, "Caf\u00e9").exit_code == 0
    assert bootstrapped(cli, "Cafe\u0301").exit_code == 1


def test_a_different_name_and_an_equal_name_need_no_confirmation(cli):
    assert bootstrapped(cli, "Acme 2").exit_code == 0
    assert bootstrapped(cli, "Acme").exit_code == 0
    assert [row["name"] for row in cli.listed("companies", "list")] == ["Acme", "Acme 2"]


def test_a_renamed_company_keeps_its_keys_and_sessions(installed):
    browser, _ = installed.sign_in()
    installed.run("companies", "rename", "Acme", "Acme Industries")
    assert installed.acme.api.get("/clients").json()["meta"]["total"] == 2
    assert "Acme Industries" in browser.get("/bridge").text
    assert installed.sign_in(company="Acme Industries")[1].status_code == 303
    assert installed.sign_in(company="Acme")[1].status_code == 401
    assert installed.run.run("companies", "rename", "Acme", "X").exit_code == 1


def test_two_companies_cannot_have_the_same_name(installed):
    refused = installed.run.run("companies", "rename", "Acme", "Globex", "--yes")
    assert (refused.exit_code, refused.stderr) == (1, "Error: The name has already been taken.\n")
    similar = installed.run.run("companies", "rename", "Acme", "globex")
    assert (similar.exit_code, "differs from company 'Globex' only" in similar.stderr) == (1, True)
    installed.run("companies", "rename", "Acme", "ACME")  # its own name is not that of another company
    assert [row["name"] for row in installed.run.listed("companies", "list")] == ["ACME", "Globex"]


@pytest.mark.parametrize("name", ["acme", "Acmé", "Acme "])
def test_a_mistyped_name_removes_nothing_and_gets_a_suggestion(cli, name):
    refused = cli.run("companies", "remove", name, "--yes")
    assert refused.exit_code == 1
    assert refused.stderr == f"Error: There is no company named {name!r}. Did you mean 'Acme'?\n"


def test_a_removal_lists_what_it_removes_and_does_nothing_without_a_terminal(installed):
    refused = installed.run.run("companies", "remove", "Acme")
    assert (refused.exit_code, refused.stdout) == (1, "")
    for words in ("2 clients", "2 contacts", "1 document (13 bytes)", "1 team user", "1 API key"):
        assert words in refused.stderr
    assert installed.acme.api.get("/clients").json()["meta"]["total"] == 2


@pytest.mark.parametrize(("answer", "status", "left"), [("y", 0, 0), ("n", 1, 1), ("", 1, 1)])
def test_a_removal_on_a_terminal_asks_for_confirmation(cli, answer, status, left):
    found, shown = answered(cli, answer, "companies", "remove", "Acme")
    assert (found, "Remove all of it?" in shown) == (status, True), shown
    assert len(cli.listed("companies", "list")) == left


def test_a_removed_company_is_gone_at_once_with_its_bytes_and_nothing_else(installed):
    browser, _ = installed.sign_in()
    installed.acme.v1.post("/webhooks", json={"target_url": "https://hooks.example/x", "event_id": 1})
    installed.run("companies", "remove", "Acme", "--yes")
    assert installed.acme.api.get("/clients").status_code == 401
    assert installed.acme.v1.get("/clients").status_code == 403
    assert browser.get("/bridge", follow_redirects=False).status_code == 303
    assert installed.rows_of(1) == {}
    assert installed.server.stored() == [b"bytes of Globex"]
    assert installed.globex.api.get("/clients", params={"search": "Initech"}).json()["meta"]["total"] == 1
    assert installed.run("check") == ""
    bootstrapped(installed.run, "Acme")
    assert [row["id"] for row in installed.run.listed("companies", "list")] == [2, 3]


def test_bytes_in_another_storage_are_left_for_the_server_to_delete(installed, tmp_path):
    elsewhere = {"GATEWAY_STORAGE_URL": str(tmp_path / "elsewhere")}
    assert installed.run.run("companies", "remove", "Acme", "--yes", **elsewhere).exit_code == 0
    until(lambda: not installed.server.stored("1/"))
    assert installed.server.stored() == [b"bytes of Globex"]


@pytest.mark.engines("sqlite")
def test_bytes_in_an_object_store_are_deleted_with_the_company(object_store, new_register, engine, tmp_path):
    bucket = object_store.new_bucket()
    url = new_register(engine)
    # No housekeeping meanwhile, so that the command must delete them.
    with serving(url, tmp_path, storage_url=bucket, housekeeping_seconds=600) as server:
        for name in ("Acme", "Globex"):
            company = Company(server, server.bootstrap(name), name)
            client = company.new_v1()
            upload = {"documents[]": ("a.txt", f"bytes of {name}".encode())}
            assert company.v1.put(f"/clients/{client['id']}/upload", files=upload).status_code == 200
            company.close()
        run = CommandLine(url, tmp_path)
        said = run.run("companies", "remove", "Acme", "--yes", GATEWAY_STORAGE_URL=bucket)
        assert (said.exit_code, said.stderr.splitlines()[-1]) == (0, "Company 'Acme' was removed.")
        assert server.stored() == [b"bytes of Globex"]
        assert run("check", GATEWAY_STORAGE_URL=bucket) == ""


def test_the_last_company_can_be_removed_and_a_new_one_created(installed):
    installed.run("companies", "remove", "Acme", "--yes")
    removed = installed.run.run("companies", "remove", "Globex", "--yes")
    assert "It is the only company." in removed.stderr
    assert installed.run.listed("companies", "list") == []
    assert httpx.get(f"{installed.server.url}/readyz").status_code == 200
    key = installed.server.bootstrap("New")
    answer = httpx.get(f"{installed.server.url}/api/clients", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["meta"]["total"] == 0


def test_concurrent_writes_to_a_removed_company_are_refused_and_leave_nothing(installed):
    statuses: list[int] = []

    def write(number: int) -> None:
        with httpx.Client(base_url=installed.server.url, timeout=30) as http:
            for count in range(400):
                if number % 2:
                    key = {"Authorization": f"Bearer {installed.acme.key}"}
                    body = {"first_name": "A", "last_name": "B", "email": f"w{number}-{count}@customer.example"}
                    statuses.append(http.post("/api/clients", json=body, headers=key).status_code)
                else:
                    key = {"X-API-TOKEN": installed.acme.key}
                    hook = {"target_url": "https://hooks.example/x", "event_id": 1}
                    statuses.append(http.post("/api/v1/webhooks", json=hook, headers=key).status_code)
                if statuses[-1] in (401, 403):
                    return

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for each in writers:
        each.start()
    while not {200, 201} & set(statuses) and any(each.is_alive() for each in writers):
        time.sleep(0.01)
    installed.run("companies", "remove", "Acme", "--yes")
    for each in writers:
        each.join(60)
    assert {200, 201} & set(statuses)
    assert set(statuses) <= {200, 201, 401, 403, 404, 422}
    assert installed.rows_of(1) == {}
    assert installed.run("check") == ""


WHILE_SENDING = {
    "create": ("POST", "/api/clients", {}),
    "create once": ("POST", "/api/clients", {"Idempotency-Key": "once"}),
    "webhook": ("POST", "/api/v1/webhooks", {}),
    "purge": ("POST", "/api/v1/clients/{id}/purge", {"X-API-PASSWORD": "Secret123"}),
    "guess": ("POST", "/api/v1/clients/{id}/purge", {"X-API-PASSWORD": "wrong"}),
    "update": ("PUT", "/api/v1/clients/{id}", {}),
    "category": ("POST", "/api/categories", {}),
    "upload": ("PUT", "/api/v1/clients/{id}/upload", {"Content-Type": "multipart/form-data; boundary=x"}),
}
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nbytes\r\n--x--\r\n'
BODY = {
    "first_name": "A",
    "last_name": "B",
    "email": "a@customer.example",
    "category_name": "New",
    "target_url": "https://hooks.example/x",
    "event_id": "1",
}


@pytest.mark.parametrize(
    "gone", [("companies", "remove", "Acme"), ("users", "remove", "team@acme.example", "--company", "Acme")]
)
@pytest.mark.parametrize("case", WHILE_SENDING)
def test_a_request_whose_company_or_user_is_removed_meanwhile_is_unauthorized(installed, case, gone):
    method, path, headers = WHILE_SENDING[case]
    client_id = installed.acme.v1.get("/clients").json()["data"][0]["id"]
    content = FORM if case == "upload" else json.dumps(BODY).encode()

    def body():
        yield content[:5]
        time.sleep(0.3)  # the head was read and the key checked
        installed.run(*gone, "--yes")
        yield content[5:]

    keys = {"Authorization": f"Bearer {installed.acme.key}", "X-API-TOKEN": installed.acme.key}
    url = installed.server.url + path.format(id=client_id)
    sent = {"Content-Type": "application/json"} | keys | headers
    answer = httpx.request(method, url, content=body(), headers=sent, timeout=30)
    assert answer.status_code in (401, 403, 404) or (gone[0] == "users" and answer.is_success), answer.text
    assert installed.run("check") == ""


def of_clients(installed) -> dict[str, int]:
    """Return how many rows Acme has, without usage, which servers store later."""
    return {name: rows for name, rows in installed.rows_of(1).items() if not name.startswith("usage")}


def test_a_killed_removal_removes_nothing(installed, engine):
    if engine == "sqlite":
        pytest.skip("on SQLite nothing can hold a removal up in its middle")
    before = of_clients(installed)
    holder = create_engine(installed.run.database_url.replace("postgresql:", "postgresql+psycopg:"))
    with holder.connect() as connection:
        connection.execute(text("SELECT 1 FROM users WHERE company_id = 1 FOR UPDATE"))
        process = installed.run.start("companies", "remove", "Acme", "--yes")
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        end = time.monotonic() + 60
        while not connection.execute(waiting).scalar_one() and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    holder.dispose()
    assert process.returncode == -signal.SIGKILL
    assert of_clients(installed) == before
    installed.run("companies", "remove", "Acme", "--yes")
    assert installed.rows_of(1) == {}
