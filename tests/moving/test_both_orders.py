"""The same company imported from both APIs, in either order: all values are kept, and none is invented."""

from pathlib import Path

import httpx
import pytest

from tests.gateway.command_line import ACME, CommandLine, copied
from tests.moving.conftest import OWN_KEY, PUBLIC_URL, Move, counts
from tests.moving.vendor import hashed, legacy_client, serving_vendor, v1_client
from tests.process import GatewayProcess

COMPANY = ("--company", "Acme")
CREATED, UPDATED = 1_700_000_000, 1_700_000_500
ORDERS = [("grow", "ninja"), ("ninja", "grow")]
V1 = "/api/v1/clients?per_page=100&sort=id|ASC"
LEGACY = "/api/clients?limit=100&sort=client_created&order=asc"


def in_both_apis(number: int, /, **changes: object) -> tuple[dict, dict]:
    """Return a client as both APIs of a system show it: times with microseconds in /api, with seconds in /api/v1."""
    name = str(changes.get("name", f"Client {number}"))
    moments = {"created": "2023-11-14T22:13:20.123456Z", "updated": "2023-11-14T22:21:40.654321Z"}
    owner = {"id": 2 * number, "name": "Jane Doe"}
    contact = {
        "id": hashed(2 * number),
        "first_name": "Jane",
        "last_name": "Doe",
        "email": f"jane{number}@acme.example",
    }
    newer = v1_client(number, name=name, created_at=CREATED, updated_at=UPDATED, number=f"{1000 - number:05d}")
    newer["contacts"] = [newer["contacts"][0] | contact]
    return legacy_client(number, company_name=name, dates=moments, owner=owner), newer | changes


def fill(move: Move, *clients: tuple[dict, dict]) -> None:
    move.vendor.legacy = [legacy for legacy, _ in clients]
    move.vendor.v1 = [newer for _, newer in clients]


@pytest.mark.parametrize("order", ORDERS, ids=">".join)
def test_importing_both_apis_in_either_order_keeps_all_values_and_times(move, order):
    fill(move, *(in_both_apis(number) for number in range(1, 21)))
    assert counts(move.report(order[0], *COMPANY)) == (20, 0, 0, 0)
    second = move.report(order[1], *COMPANY)
    assert (second["created"], second["refused"]) == (0, 0)
    legacy, newer = move.shown(LEGACY, V1)
    assert [each["dates"] for each in legacy] == [each["dates"] for each in move.vendor.legacy]
    for key in ("number", "client_hash", "created_at", "updated_at", "name"):
        assert [each[key] for each in newer] == [each[key] for each in move.vendor.v1], key
    assert counts(move.report(order[1], *COMPANY)) == (0, 0, 20, 0)
    assert move.cli.run("check").exit_code == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_numbers_that_moved_to_another_client_move_here_too(kind, new_register, tmp_path):
    cli = CommandLine(new_register(kind), tmp_path)
    cli("bootstrap", *ACME, "--token", OWN_KEY)
    with serving_vendor() as vendor:
        move = Move(cli, vendor)
        fill(move, *(in_both_apis(number) for number in (1, 2, 3)))
        move.report("ninja", *COMPANY)
        numbers = [each["number"] for each in vendor.v1]
        for each, number in zip(vendor.v1, numbers[1:] + numbers[:1], strict=True):
            each["number"] = number
        assert counts(move.report("ninja", *COMPANY)) == (0, 3, 0, 0)
        assert counts(move.report("ninja", *COMPANY)) == (0, 0, 3, 0)
        assert [each["number"] for each in move.shown(V1)[0]] == numbers[1:] + numbers[:1]


def test_a_number_that_was_chosen_here_is_kept(move):
    with GatewayProcess(move.cli.database_url, move.cli.folder) as gateway:
        made = httpx.post(
            f"{gateway.url}/api/v1/clients", headers={"X-API-TOKEN": OWN_KEY}, json={"number": "00995"}
        ).json()["data"]
    fill(move, in_both_apis(5))
    report = move.report("ninja", *COMPANY, status=3)
    assert report["refusals"][0]["why"][0]["why"] == "another client has this number"
    assert move.shown(f"/api/v1/clients/{made['id']}")[0]["number"] == "00995"


NOT_THE_SAME = {
    "another second": {"created_at": CREATED + 1},
    "another name and email": {"name": "Somebody", "contacts": [{"id": hashed(99), "email": "some@body.example"}]},
}


@pytest.mark.parametrize("case", NOT_THE_SAME)
def test_a_client_without_any_matching_value_is_refused(move, case):
    legacy, newer = in_both_apis(5)
    fill(move, (legacy, newer | NOT_THE_SAME[case]))
    move.report("grow", *COMPANY)
    report = move.report("ninja", *COMPANY, status=3)
    assert "another client of this company has this id" in report["refusals"][0]["why"][0]["why"]


def test_a_hash_that_was_imported_is_never_replaced(move):
    legacy, newer = in_both_apis(5)
    fill(move, (legacy, newer))
    for kind in ("grow", "ninja"):
        move.report(kind, *COMPANY)
    fill(move, (legacy, newer | {"client_hash": "another"}))
    assert counts(move.report("ninja", *COMPANY, status=3)) == (0, 0, 0, 1)


def test_a_reason_common_to_several_clients_is_reported_once(move):
    fill(move, *(in_both_apis(number) for number in range(1, 301)))
    move.report("ninja", *COMPANY)
    for each in move.vendor.v1:
        each["created_at"] += 60
    result = move.cli.run("import", "ninja", move.vendor.url, "--token", "a-key-of-the-source", "--rate", 0, *COMPANY)
    said = result.stdout.splitlines()
    assert result.exit_code == 3
    assert "300 clients refused:" in said
    assert sum("another client of this company has this id" in line for line in said) == 1
    assert any("import into a company of its own" in line for line in said)
    assert len(said) < 10


def test_a_change_at_an_unchanged_time_is_not_stale_and_no_time_is_invented(move):
    fill(move, in_both_apis(5))
    move.report("ninja", *COMPANY)
    with GatewayProcess(move.cli.database_url, move.cli.folder, public_url=PUBLIC_URL) as gateway:
        http = httpx.Client(
            base_url=gateway.url, headers={"X-API-TOKEN": OWN_KEY, "Authorization": f"Bearer {OWN_KEY}"}
        )
        paths = (f"/api/v1/clients/{hashed(5)}", "/api/clients/5", "/api/contacts/10")
        seen = set()
        for city in ("Ghent", "Bruges", "Ghent"):
            before = {path: http.get(path) for path in paths}
            fill(move, in_both_apis(5, city=city))
            move.report("ninja", *COMPANY)
            for path, was in before.items():
                now = http.get(path, headers={"If-None-Match": was.headers["etag"]})
                assert now.status_code == 200, (path, city)
                assert (path, now.headers["etag"]) not in seen
                seen.add((path, now.headers["etag"]))
            client = http.get(paths[0]).json()["data"]
            assert (client["city"], client["updated_at"]) == (city, UPDATED)
        stale = http.put(paths[0], headers={"If-Match": was.headers["etag"]}, json={"city": "Lost"})
        assert stale.status_code == 412
        changed = http.put(paths[0], json={"city": "Own"})
        assert (paths[0], changed.headers["etag"]) not in seen
        http.close()


NUMBERS = {
    "five digits": ([f"{each:05d}" for each in range(1, 31)], "00031"),
    "a prefix": (["C-0097", "C-0098", "C-0099"], "C-0100"),
    "only one number": (["K/0041"], "K/0042"),
    "a year before": ([f"2026-{each:03d}" for each in range(1, 12)], "2026-012"),
    "a suffix": ([f"{each:04d}/A" for each in range(1, 12)], "0012/A"),
    "without zeros": ([str(each) for each in range(1, 13)], "13"),
    "past the width": (["09998", "09999", "100000"], "100001"),
    "four digits past the width": ([f"{each:04d}" for each in range(9998, 10003)], "10003"),
    "one that is odd among many": ([*(f"{each:05d}" for each in range(1, 9)), "VIP-900"], "00009"),
    "none with digits": (["Ada", "Bob"], "0001"),
    "far ahead": (["99999999999999999999999"], "0001"),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_automatic_numbers_continue_the_format_of_the_source(bootstrapped, vendor, tmp_path: Path, case):
    numbers, following = NUMBERS[case]
    move = Move(copied(bootstrapped, tmp_path), vendor)
    vendor.v1 = [v1_client(each, number=number) for each, number in enumerate(numbers, 1)]
    move.report("ninja", *COMPANY)
    with GatewayProcess(move.cli.database_url, move.cli.folder) as gateway:
        made = [
            httpx.post(f"{gateway.url}/api/v1/clients", headers={"X-API-TOKEN": OWN_KEY}, json={}).json()["data"]
            for _ in range(2)
        ]
    assert made[0]["number"] == following
    assert made[1]["number"] != following
    assert len(made[1]["number"]) >= len(following)
