"""`gateway token`: keys with limits, renaming, and rotation."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.access import usage
from core.access.usage import Tally, day_of
from core.database.database import Database
from core.text.clock import now
from tests.gateway.command_line import CommandLine
from tests.server import serving

EMAIL = ("--email", "team@acme.example")


def listed(cli: CommandLine, name: str) -> dict:
    """Return the only key of that name in `token list`."""
    (row,) = [row for row in cli.listed("token", "list") if row["name"] == name]
    return row


def hours_until(at: str) -> float:
    return (datetime.fromisoformat(at) - datetime.now(UTC)) / timedelta(hours=1)


def test_a_key_has_the_limits_given_and_the_list_shows_them(cli):
    options = ["--scope", "read", "--dialect", "v1", "--from", "10.0.0.0/8, 192.0.2.7", "--from", "2001:DB8::/32"]
    cli("token", "create", *EMAIL, "--name", "report", *options, "--expires", "90d", "--edition", "2026")
    row = listed(cli, "report")
    shown = {key: row[key] for key in ("scope", "dialect", "from", "edition", "replaced_by", "last_used_at")}
    assert shown == {
        "scope": "read",
        "dialect": "v1",
        "from": "10.0.0.0/8,192.0.2.7/32,2001:db8::/32",
        "edition": "2026",
        "replaced_by": None,
        "last_used_at": None,
    }
    assert 90 * 24 - 1 < hours_until(row["expires_at"]) <= 90 * 24


def test_a_key_has_no_limits_by_default(cli):
    cli("token", "create", *EMAIL, "--name", "any")
    row = listed(cli, "any")
    assert {key: row[key] for key in ("scope", "dialect", "from", "expires_at")} == {
        "scope": "all",
        "dialect": "both",
        "from": None,
        "expires_at": None,
    }


def test_a_key_ends_at_a_date_too(cli):
    cli("token", "create", *EMAIL, "--name", "dated", "--expires", "2099-01-31")
    assert listed(cli, "dated")["expires_at"] == "2099-01-31T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--scope", "everything", "read"),
        ("--dialect", "v2", "both"),
        ("--expires", "2020-01-01", "That time is in the past"),
        ("--expires", "soon", "2027-01-31, or a duration such as 90d"),
        ("--from", "10.0.0.0/33", "IP addresses or networks"),
        ("--from", "10.0.0.1/8", "IP addresses or networks"),
        ("--from", "0.0.0.0/0", "IP addresses or networks"),
        ("--from", "crm.example", "IP addresses or networks"),
        ("--from", ",", "at least one"),
    ],
)
def test_an_invalid_limit_is_refused_in_a_sentence(unchanged, option, value, said):
    result = unchanged.run("token", "create", *EMAIL, option, value)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_a_key_gets_another_name_and_keeps_its_secret(cli):
    key = cli("token", "create", *EMAIL, "--name", "shop")
    cli("token", "rename", listed(cli, "shop")["id"], "shop, Ghent")
    listed(cli, "shop, Ghent")
    assert status(cli, key) == 200


def test_rotating_prints_only_the_new_key_and_reports_how_long_the_old_one_works(cli):
    old = cli("token", "create", *EMAIL, "--name", "first", "--scope", "read")
    old_id = listed(cli, "first")["id"]
    result = cli.run("token", "rotate", old_id)
    new = result.stdout.removesuffix("\n")
    assert (len(new), new != old) == (64, True)
    assert f"Key {old_id} remains valid until " in result.stderr
    assert "It was not used in the last 30 days." in result.stderr
    before, after = (row for row in cli.listed("token", "list") if row["name"] == "first")
    assert (before["replaced_by"], after["scope"], after["expires_at"]) == (after["id"], "read", None)
    assert 7 * 24 - 1 < hours_until(before["expires_at"]) <= 7 * 24
    assert status(cli, old) == status(cli, new) == 200
    assert cli.run("token", "rotate", old_id).stderr == (
        f"Error: It was already replaced by key {after['id']}; rotate that one.\n"
    )


def test_rotating_shows_what_still_uses_the_old_key(cli):
    cli("token", "create", *EMAIL, "--name", "used")
    token_id = listed(cli, "used")["id"]
    database = Database(cli.database_url, threads=1)
    day, at = day_of(now()), now()
    tallies = [
        Tally(1, day, token_id, "v1", "GET", f"/api/v1/{number}", 12 - number, 0, at, at) for number in range(12)
    ]
    database.write_now(lambda connection: usage.add(connection, tallies))
    database.close()
    said = cli.run("token", "rotate", token_id, "--overlap", "12h").stderr
    assert "  GET /api/v1/0: 12 calls, the last one at " in said
    assert "  and 2 more routes; `gateway usage` shows all" in said
    assert listed_by_id(cli, token_id)["last_used_at"] is not None


def listed_by_id(cli: CommandLine, token_id: int) -> dict:
    return next(row for row in cli.listed("token", "list") if row["id"] == token_id)


def test_rotating_without_overlap_ends_the_old_key_now(cli):
    old = cli("token", "create", *EMAIL, "--name", "leaked")
    token_id = listed(cli, "leaked")["id"]
    new = cli("token", "rotate", token_id, "--overlap", "0", "--expires", "1d")
    assert (status(cli, old), status(cli, new)) == (403, 200)
    assert 23 < hours_until(listed_by_id(cli, listed_by_id(cli, token_id)["replaced_by"])["expires_at"]) <= 24


def test_an_overlap_never_extends_a_key(cli):
    cli("token", "create", *EMAIL, "--name", "short", "--expires", "1h")
    token_id = listed(cli, "short")["id"]
    cli("token", "rotate", token_id, "--overlap", "7d")
    ends = {row["expires_at"] for row in cli.listed("token", "list") if row["name"] == "short"}
    assert len(ends) == 1
    assert hours_until(ends.pop()) <= 1


@pytest.mark.parametrize("words", [("rotate", "987"), ("rename", "987", "x"), ("rotate", "0"), ("rename", "1", " ")])
def test_an_unknown_key_or_an_empty_name_changes_nothing(unchanged, words):
    assert unchanged.run("token", *words).exit_code in (1, 2)


def test_a_revoked_key_is_not_rotated(cli):
    cli("token", "create", *EMAIL, "--name", "gone")
    token_id = listed(cli, "gone")["id"]
    cli("token", "revoke", token_id)
    assert cli.run("token", "rotate", token_id).stderr == (
        f"Error: There is no valid key {token_id}; `gateway token list` shows all keys.\n"
    )


def status(cli: CommandLine, key: str) -> int:
    """Return how a gateway over the register answers a list that is requested with this key."""
    with serving(cli.database_url, cli.folder) as server:
        return httpx.get(f"{server.url}/api/v1/clients", headers={"X-API-TOKEN": key}).status_code
