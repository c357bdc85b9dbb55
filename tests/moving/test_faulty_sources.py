"""Faulty sources: an import takes every existing client, or ends with status 3 and says what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.moving import faulty_answers, faulty_lists
from tests.moving.conftest import Move
from tests.moving.faulty_source import CLIENTS, Source, serving_source
from tests.moving.vendor import KEY

KINDS = ("grow", "ninja")
ACME = ("--company", "Acme")
EVERY = set(range(1, CLIENTS + 1))


@pytest.fixture
def run(move: Move) -> Callable[..., dict[str, Any]]:
    def run(source: Source, kind: str, *more: object, status: int = 0) -> dict[str, Any]:
        there = replace(move, vendor=source)
        return there.report(kind, *ACME, *more, status=status)

    return run


def names(move: Move) -> set[str]:
    clients = move.shown("/api/v1/clients?per_page=100")[0]
    return {each["name"] for each in clients}


@dataclass(frozen=True)
class Outcome:
    """The outcome of a fault: the clients that were imported, and words of the report if it is incomplete."""

    ids: frozenset[int] | set[int] = frozenset(EVERY)
    words: str = ""


FIRST_PAGE, WITHOUT_SECOND = set(range(1, 21)), EVERY - set(range(21, 41))
LISTS: dict[str, Outcome] = {
    "page_one_for_every_page": Outcome(FIRST_PAGE, "counts 45 clients, but 20 were seen."),
    "an_empty_page_in_the_middle": Outcome(WITHOUT_SECOND, "counts 45 clients, but 25 were seen."),
    "an_empty_page_once": Outcome(),
    "one_erased_after_the_first_page": Outcome(),
    "one_made_after_each_page": Outcome(EVERY | {46, 47}),
    "pages_that_overlap": Outcome(),
    "pages_in_another_order_each_time": Outcome(),
    "a_total_too_high": Outcome(EVERY, "counts 50 clients, but 45 were seen."),
    "a_total_too_low": Outcome(EVERY, "counts 40 clients, but shows more: 45 were seen."),
    "no_totals": Outcome(),
    "no_figures_at_all": Outcome(),
    "no_figures_and_a_hole": Outcome(WITHOUT_SECOND, "does not say how many clients it has"),
    "no_figures_and_page_one_for_ever": Outcome(FIRST_PAGE, "does not say how many clients it has"),
    "the_last_page_for_ever": Outcome(),
    "a_last_page_that_moves": Outcome(),
    "a_last_page_too_early": Outcome(),
    "a_client_twice_with_changes": Outcome(),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", LISTS)
def test_an_inconsistent_list_is_read_again_or_reported_as_incomplete(move, run, fault, kind):
    expected = LISTS[fault]
    with serving_source(lists=getattr(faulty_lists, fault)) as source:
        report = run(source, kind, status=3 if expected.words else 0)
    assert names(move) == {f"Client {each}" for each in expected.ids}
    assert (report["created"], report["updated"]) == (len(expected.ids), 0)
    assert [expected.words in each["text"] for each in report["incomplete"]] == [True] * bool(expected.words)


BY_ID = ("page_one_for_every_page", "an_empty_page_in_the_middle", "one_erased_and_one_made")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", BY_ID)
def test_clients_missing_from_the_pages_are_requested_by_id(move, run, fault, kind):
    with serving_source(lists=getattr(faulty_lists, fault), shows=True) as source:
        run(source, kind)
    assert {f"Client {each}" for each in source.ids} <= names(move)


@pytest.mark.parametrize("kind", KINDS)
def test_clients_shifted_by_deletions_are_read_or_reported(move, run, kind):
    with serving_source(lists=faulty_lists.one_erased_after_each_page, shows=True) as source:
        run(source, kind)
    assert {f"Client {each}" for each in source.ids} <= names(move)


@pytest.mark.parametrize("kind", KINDS)
def test_ids_that_may_be_missing_are_reported(move, run, kind):
    with serving_source(lists=faulty_lists.an_empty_page_in_the_middle) as source:
        source.ids = [1, 2, *range(4, 47)]
        report = run(source, kind, status=3)["incomplete"][0]
        result = replace(move, vendor=source).cli.run(
            "import", kind, source.url, "--key" if kind == "grow" else "--token", KEY, "--rate", 0, *ACME
        )
    assert (report["noun"], report["counted"], report["seen"]) == ("client", 45, 25)
    assert (len(report["missing"]), report["unnamed"]) == (20, 1)
    assert result.exit_code == 3
    assert "Incomplete: The source counts 45 clients, but 25 were seen. Missing or unknown ids: " in result.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_changes_during_the_import_is_imported_in_its_last_state(move, run, kind):
    with serving_source(lists=faulty_lists.a_client_twice_with_changes) as source:
        report = run(source, kind)
    assert report["taken_again"] >= 1
    assert move.shown("/api/clients/1")[0]["billing"]["city"] in ("Bruges", "Ghent")


SENDS = [
    "answers_that_break_off",
    "answers_that_end_too_early",
    "silence_before_the_answer",
    "silence_within_the_answer",
    "answers_that_trickle",
    "resets",
    "too_many_requests",
    "server_errors",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", SENDS)
def test_an_answer_that_does_not_arrive_is_requested_again(move, run, fault, kind):
    with serving_source(sends=getattr(faulty_answers, fault)) as source:
        report = run(source, kind, "--timeout", 0.5)
    assert (report["created"], report["incomplete"]) == (CLIENTS, [])


FOR_EVER = {
    "silence_for_ever": "it sent nothing for 0.5 seconds",
    "broken_for_ever": "breaks off",
    "busy_for_ever": "answers 503.",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FOR_EVER)
def test_a_source_that_never_answers_completely_ends_the_import_with_one_sentence(move, fault, kind):
    with serving_source(sends=getattr(faulty_answers, fault)) as source:
        # Only of one that is silent for ever may it be said that it was silent.
        patience = 0.5 if fault == "silence_for_ever" else 30
        result = replace(move, vendor=source).run(kind, *ACME, "--timeout", patience, "--retries", 2)
    assert (result.exit_code, result.stdout) == (1, "")
    assert FOR_EVER[fault] in result.stderr.splitlines()[-1]
    assert max(source.asked.values()) == 3
