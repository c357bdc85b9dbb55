"""docs/contract-testing.md says what the proof does: its faults, its checks, and what is switched off or expected."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from gateway.contract.oracles.run import load
from tests.contract.faults import MUTANTS
from tests.contract.meaning import MEANING, faults

faults()
PAGE = (Path(__file__).parents[2] / "docs" / "contract-testing.md").read_text()
CONFIGURATION = tomllib.loads(resources.files("gateway.contract").joinpath("schemathesis.toml").read_text())
DIALECTS = {"Client register, legacy dialect": "/api", "Client register, v1 dialect": "/api/v1"}


def _section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def _all_checks() -> list[str]:
    import schemathesis.checks

    import gateway.contract.hooks  # noqa: F401 (registers our own)

    schemathesis.checks.load_all_checks()
    return schemathesis.checks.CHECKS.get_all_names()


def test_the_page_lists_the_faults_that_are_tested():
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| `(\w+)` \|$", _section("Does the proof bite?"), re.MULTILINE)
    assert rows == [(name, each.about, each.check) for name, each in [*MUTANTS.items(), *MEANING.items()]]
    assert f"{len(MUTANTS)} deliberate faults of shape" in PAGE
    assert f"{len(MEANING)} of meaning" in PAGE


def test_every_oracle_is_described():
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", _section("What each oracle demands"), re.MULTILINE)
    needs = ("reads", "`--write`", "a register of our own")
    assert rows == [(each.name, each.about, needs[2 if each.alone else each.writes]) for each in load()]


def test_there_are_faults_of_meaning_in_both_dialects_for_most_oracles():
    assert {each.check for each in MEANING.values()} <= {each.name for each in load()}
    assert all(sum(each.dialect == dialect for each in MEANING.values()) >= 30 for dialect in ("api", "v1"))
    assert len(MEANING) >= 60


def test_every_check_is_described():
    described = re.findall(r"^\| `(\w+)` \|", _section("What each check means here"), re.MULTILINE)
    assert sorted(described) == sorted(_all_checks())


def test_no_fault_is_caught_by_a_check_that_is_not_described():
    assert {each.check for each in MUTANTS.values()} <= set(_all_checks())


@pytest.mark.parametrize(
    ("dialect", "operation"),
    [
        (DIALECTS[project["title"]], operation)
        for project in CONFIGURATION["project"]
        for operation in project["operations"]
    ],
    ids=lambda value: value["include-operation-id"] if isinstance(value, dict) else value,
)
def test_every_exception_has_its_reason(dialect, operation):
    from gateway.contract.checks.business_rules import RULES

    name, (check, settings) = operation["include-operation-id"], *operation["checks"].items()
    lines = [line for line in _section("What is switched off or expected, and why").splitlines() if f"`{name}`" in line]
    said = [line for line in lines if f"`{name}` of {dialect}:" in line]
    assert said, f"{check} of {name} in {dialect}"
    if "enabled" in settings:
        assert f"`{check}`" in said[0]
    else:
        refused = {status for status in settings["expected-statuses"] if status in (400, 422)}
        assert not refused or f"{dialect.strip('/').replace('api/', '')} {name}" in RULES


def test_only_the_documented_checks_are_disabled():
    assert set(CONFIGURATION["checks"]) == {"negative_data_rejection"}
    assert "enabled" not in CONFIGURATION["checks"]["negative_data_rejection"]
    assert CONFIGURATION["phases"] == {"fuzzing": {"generation": {"unique-inputs": True}}}
    off = [
        (project["title"], operation["include-operation-id"], check)
        for project in CONFIGURATION["project"]
        for operation in project["operations"]
        for check, settings in operation["checks"].items()
        if settings.get("enabled") is False
    ]
    v1 = "Client register, v1 dialect"
    hidden = [f"{verb}{noun}" for verb in ("edit", "get") for noun in ("Client", "GroupSetting", "Webhook")]
    hidden += ["listClientDocuments", "postClientDocuments"]
    assert sorted(off) == [(v1, name, "use_after_free") for name in hidden]
