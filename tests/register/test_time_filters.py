"""`created_at` and `updated_at` of every list: at or after a moment, and a 422 for one that has not come.

JavaScript's `Date.now()` counts milliseconds: an empty list would tell a synchronisation that nothing has changed.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.enabled_dialects import dialects
from gateway.settings import Settings
from tests.register.arranging import upload

NAMES = ("created_at", "updated_at")
LISTS = [
    (dialect.name, path.path, parameter.name)
    for dialect in dialects(Settings())
    for path in dialect.paths
    for parameter in (path.operations["GET"].query if "GET" in path.operations else ())
    if parameter.name in NAMES
]
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def paths(shared):
    """Create one record of each kind, and return the paths of the lists."""
    group = shared.v1.post("/group_settings", json={"name": "Trade"}).json()["data"]
    client = shared.new_v1(group_settings_id=group["id"])
    upload(shared, client["id"], ("a.txt", b"a"))
    shared.v1.post("/webhooks", json={"event_id": "45", "target_url": "https://hooks.example/a"})
    assert shared.v1.post("/client_gateway_tokens", json={"client_id": client["id"]}).status_code == 200
    return lambda path: path.replace("{id}", client["id"])


@pytest.fixture
def ask(shared, paths):
    def ask(at, timestamp):
        dialect, path, parameter = at
        return getattr(shared, dialect).get(paths(path), params={parameter: timestamp})

    return ask


def timestamps(of):
    """Times around now, in the formats that clients may use."""
    seconds, date = of.timestamp(), of.isoformat()
    return [str(int(seconds)), f"{seconds:.6f}", date, date.replace("+00:00", "Z"), of.date().isoformat()]


def test_every_list_with_times_of_change_is_tested():
    asked = {path for _dialect, path, _parameter in LISTS}
    assert asked >= {
        "/webhooks",
        "/clients",
        "/documents",
        "/client_gateway_tokens",
        "/group_settings",
        "/clients/{id}/documents",
    }


@pytest.mark.parametrize("at", LISTS, ids=" ".join)
def test_a_time_in_the_past_finds_what_was_changed_since(ask, at):
    now = datetime.now(UTC)
    ages = [
        "0",
        "1",
        "-1",
        "-99999999999999999999",
        "1969-12-31",
        "0001-01-01",
        "",
        "1700000000.5",
        *timestamps(now - DAY),
    ]
    everything = ask(at, "").json()["data"]
    assert len(everything) >= 1
    for timestamp in ages:
        assert ask(at, timestamp).json()["data"] == everything, timestamp
    ahead = timestamps(now + DAY / 2)[:4]  # a clock may be ahead, and a day begins earlier elsewhere in the world
    for timestamp in [*ahead, (now.astimezone() + DAY / 2).isoformat()]:
        answer = ask(at, timestamp)
        assert (answer.status_code, answer.json()["data"]) == (200, []), timestamp


@pytest.mark.parametrize("at", LISTS, ids=" ".join)
@pytest.mark.engines("sqlite")
def test_a_time_in_the_future_is_refused(ask, at):
    seconds, later = time.time(), datetime.now(UTC) + 2 * DAY
    scaled = [str(int((seconds - 60) * scale)) for scale in (10**3, 10**6, 10**9)]
    far = ["4000000000", "9" * 18, "9" * 40, "9" * 5000, "2096-01-01T00:00:00Z", "9999-12-31"]
    for timestamp in [*scaled, *far, *timestamps(later)]:
        answer = ask(at, timestamp)
        words = (
            f"The {at[2].replace('_', ' ')} field must be a Unix timestamp in seconds (not milliseconds) "
            "or an ISO 8601 date, and not in the future."
        )
        assert (answer.status_code, answer.json()["errors"]) == (422, {at[2]: [words]}), timestamp
    for timestamp in ("soon", "58000-01-01", "+58000-01-01T00:00:00Z", "1e9", "NaN", "١٧"):
        answer = ask(at, timestamp)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [at[2]]), timestamp
