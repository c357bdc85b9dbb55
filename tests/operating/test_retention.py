"""Retention: records are kept for ever unless a setting limits it, and doctor shows what would be removed."""

import time

from sqlalchemy import func, select, update

from core.models import activities, changes, outbox, usage_days, usage_names, webhook_deliveries
from core.text.clock import now
from tests.faults.outages import until
from tests.gateway.command_line import CommandLine
from tests.server import serving

DAY = 24 * 3600 * 1_000_000
KEEP = {"activities_keep_days": 90, "outbox_keep_days": 30}


def count(server, table) -> int:
    with server.database.reading() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)))


def made_old(server) -> None:
    """Make all records 100 days old, and mark one of two mails as sent."""
    at = now() - 100 * DAY
    with server.database.writing() as connection:
        connection.execute(update(activities).values(created_at=at))
        connection.execute(update(outbox).values(created_at=at, due_at=now() + 30 * 1_000_000))
        first = select(func.min(outbox.c.id)).scalar_subquery()
        connection.execute(update(outbox).where(outbox.c.id == first).values(sent_at=at))


def findings(run: CommandLine, **settings: object) -> dict[str, str]:
    import json

    env = {f"GATEWAY_{name.upper()}": str(value) for name, value in settings.items()}
    rows = json.loads(run.run("doctor", "--json", **env).stdout)
    return {row["check"]: row["found"] for row in rows if row["check"].startswith("kept ")}


def test_without_a_setting_nothing_old_is_removed_and_doctor_reports_that(installed):
    for _ in range(2):
        installed.acme.new_legacy(send_email="yes")
    made_old(installed.server)
    before = count(installed.server, activities)
    time.sleep(1.5)  # several rounds of the housekeeper
    assert count(installed.server, activities) == before
    said = findings(installed.run)
    assert said["kept activities"] == f"{before} activities, kept for ever (GATEWAY_ACTIVITIES_KEEP_DAYS)."
    assert "kept for ever" in said["kept outbox"]
    assert said.keys() == {f"kept {kind}" for kind in ("activities", "outbox", "deliveries", "changes", "usage")}


def test_records_older_than_a_setting_are_shown_by_doctor_and_removed(installed, tmp_path):
    made_old(installed.server)
    fresh = installed.acme.new_v1(name="Fresh")
    mails, old = count(installed.server, outbox), count(installed.server, activities) - 1
    said = findings(installed.run, **KEEP)
    assert said["kept activities"].startswith(f"{old + 1} activities, kept for 90 days; a server removes {old} of them")
    assert count(installed.server, activities) == old + 1
    with serving(installed.run.database_url, tmp_path, housekeeping_seconds=0.1, **KEEP):
        until(lambda: count(installed.server, activities) <= 1)
        until(lambda: count(installed.server, outbox) <= mails - min(mails, 1))
    assert count(installed.server, activities) == 1
    assert count(installed.server, outbox) == mails - min(mails, 1)  # mail that waits is kept, however old
    assert "a server removes 0 of them" in findings(installed.run, **KEEP)["kept activities"]
    assert installed.acme.v1_view(fresh["id"])["name"] == "Fresh"
    assert installed.run("check") == ""


def test_doctor_counts_what_the_other_settings_remove(installed):
    at = now() - 20 * DAY  # which the running server keeps
    with installed.server.database.writing() as connection:
        connection.execute(update(changes).values(created_at=at))
    said = findings(installed.run, changes_keep_days=10, usage_days=900, webhook_keep_days=900)
    stored = count(installed.server, changes)
    assert said["kept changes"].startswith(f"{stored} changes, kept for 10 days; a server removes {stored} of them")
    assert said["kept deliveries"].startswith(f"{count(installed.server, webhook_deliveries)} webhook deliveries")
    number, _, rest = said["kept usage"].partition(" ")
    # The server may have stored more since.
    assert 0 <= int(number) <= count(installed.server, usage_days) + count(installed.server, usage_names)
    assert rest.startswith("rows of usage, kept for 900 days")
