"""Fields of edition 2026 are exported to files, imported again, and moved between gateways."""

import json

import httpx
import pytest

from tests.gateway.command_line import ACME, CommandLine, fresh, new_acme
from tests.moving.conftest import OWN_KEY, PUBLIC_URL
from tests.server import serving

NEWER = {
    "classification": "company",
    "routing_id": "0204:991",
    "is_tax_exempt": True,
    "has_valid_vat_number": True,
    "tax_info": {"rates": [1, None]},
    "e_invoice": {"Invoice": {"a": "b"}},
    "locations": [{"name": "Dock", "country_id": "8", "is_shipping_location": True}, {"name": "Office"}],
    "tags": ["vip"],
}


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> tuple[CommandLine, str]:
    """A register with such a client, and a key of edition 2026."""
    cli = new_acme(tmp_path_factory.mktemp("newer"), OWN_KEY)
    key = cli("token", "create", "--email", ACME[3], "--edition", "2026")
    with serving(cli.database_url, cli.folder, public_url=PUBLIC_URL) as server:
        for body in ({"name": "Newer", **NEWER}, {"name": "Older"}):
            headers = {"X-API-TOKEN": OWN_KEY}
            httpx.post(f"{server.url}/api/v1/clients", headers=headers, json=body).raise_for_status()
    return cli, key


def shown(cli: CommandLine, key: str) -> list[dict]:
    with serving(cli.database_url, cli.folder, public_url=PUBLIC_URL) as server:
        headers = {"X-API-TOKEN": key}
        return httpx.get(f"{server.url}/api/v1/clients?include=tags", headers=headers).json()["data"]


def target(cli: CommandLine) -> str:
    """Create the company in another register. Return its key of edition 2026."""
    cli("bootstrap", *ACME, "--token", OWN_KEY)
    return cli("token", "create", "--email", ACME[3], "--edition", "2026")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_json_transfers_the_fields_of_2026_to_a_fresh_register(source, engine, new_register, tmp_path):
    cli, key = source
    file, other = tmp_path / "clients.json", CommandLine(new_register(engine), tmp_path)
    cli("export", "json", "--output", file)
    other_key = target(other)
    assert other("import", "json", file) == "2 clients created, 0 updated, 0 unchanged."
    assert shown(other, other_key) == shown(cli, key)
    assert other("import", "json", file) == "0 clients created, 0 updated, 2 unchanged."


@pytest.mark.parametrize(("edition", "has_more"), [((), False), (("--edition", "2026"), True)])
def test_an_export_in_v1_format_has_the_requested_edition(source, edition, has_more):
    cli, key = source
    lines = cli("export", "ninja", *edition, GATEWAY_PUBLIC_URL=PUBLIC_URL).splitlines()
    wanted = shown(cli, key if has_more else OWN_KEY)
    assert [json.loads(line) for line in lines] == [{k: v for k, v in each.items() if k != "tags"} for each in wanted]
    assert [("locations" in json.loads(line)) for line in lines] == [has_more] * 2


def test_an_import_transfers_the_fields_of_2026_and_a_second_one_changes_nothing(source, tmp_path):
    cli, key = source
    other = fresh(tmp_path)
    other_key = target(other)
    with serving(cli.database_url, cli.folder, public_url=PUBLIC_URL) as server:
        moved = other("import", "ninja", server.url, "--token", key, "--rate", 0)
        again = other("import", "ninja", server.url, "--token", key, "--rate", 0)
    assert moved.startswith("2 clients created")
    assert again.startswith("0 clients created, 0 updated, 2 unchanged")
    for there, here in zip(shown(cli, key), shown(other, other_key), strict=True):
        assert {name: here[name] for name in NEWER if name != "tags"} == {
            name: there[name] for name in NEWER if name != "tags"
        }


BROKEN = [
    {"locations": "text"},
    {"locations": [1]},
    {"locations": [{"name": "no id"}]},
    {"locations": [{"id": 5, "country_id": 1}]},
    {"locations": [{"id": 2**63}]},
    {"is_tax_exempt": "yes"},
    {"unheard_of": 1},
]


@pytest.mark.parametrize("extras", BROKEN, ids=str)
def test_invalid_values_of_a_file_are_reported_and_the_clients_imported(source, extras, tmp_path):
    cli, _ = source
    head, line, _ = cli("export", "json").splitlines()
    file, other = tmp_path / "clients.json", fresh(tmp_path)
    file.write_text("\n".join([head, json.dumps(json.loads(line) | {"extras": extras})]))
    key = target(other)
    assert "extras" in other("import", "json", file)
    (client,) = shown(other, key)
    assert (client["name"], client["locations"]) == ("Newer", [])
