"""Faults of the lists of a source: pages that repeat, overlap, move or lack clients, and totals that are not true."""

from tests.moving.faulty_source import CLIENTS, PER_PAGE, Listed, Source


def page_one_for_every_page(source: Source, listed: Listed) -> None:
    listed.ids = source.page(1)


def an_empty_page_in_the_middle(_source: Source, listed: Listed) -> None:
    listed.ids = [] if listed.number == 2 else listed.ids


def an_empty_page_once(source: Source, listed: Listed) -> None:
    listed.ids = [] if listed.number == 2 and source.pages[2] == 1 else listed.ids


def one_erased_after_each_page(source: Source, listed: Listed) -> None:
    del source.ids[0]


def one_erased_after_the_first_page(source: Source, listed: Listed) -> None:
    if listed.number == 1 and source.pages[1] == 1:
        del source.ids[0]


def one_erased_and_one_made(source: Source, listed: Listed) -> None:
    if listed.number == 1 and source.pages[1] == 1:
        source.ids[:] = [*source.ids[1:], source.ids[-1] + 1]


def one_made_after_each_page(source: Source, listed: Listed) -> None:
    if len(source.ids) < CLIENTS + 3:
        source.ids.append(source.ids[-1] + 1)


def pages_that_overlap(source: Source, listed: Listed) -> None:
    start = max(0, (listed.number - 1) * PER_PAGE - 3)
    listed.ids = source.ids[start : start + PER_PAGE]


def pages_in_another_order_each_time(source: Source, listed: Listed) -> None:
    turn = source.pages[1] * 7 % CLIENTS
    turned = source.ids[turn:] + source.ids[:turn]
    shift = source.pages[listed.number] % 2 if listed.number > 1 else 0
    listed.ids = turned[(listed.number - 1) * PER_PAGE + shift : listed.number * PER_PAGE + shift]


def a_total_too_high(_source: Source, listed: Listed) -> None:
    listed.total = CLIENTS + 5


def a_total_too_low(_source: Source, listed: Listed) -> None:
    listed.total, listed.last = 40, 2


def no_totals(_source: Source, listed: Listed) -> None:
    listed.total = None


def no_figures_at_all(_source: Source, listed: Listed) -> None:
    listed.total = listed.last = None


def no_figures_and_a_hole(source: Source, listed: Listed) -> None:
    no_figures_at_all(source, listed)
    an_empty_page_in_the_middle(source, listed)


def no_figures_and_page_one_for_ever(source: Source, listed: Listed) -> None:
    no_figures_at_all(source, listed)
    page_one_for_every_page(source, listed)


def the_last_page_for_ever(source: Source, listed: Listed) -> None:
    listed.last = None
    listed.ids = source.page(min(listed.number, 3))


def a_last_page_that_moves(_source: Source, listed: Listed) -> None:
    listed.last = listed.number + 1


def a_last_page_too_early(_source: Source, listed: Listed) -> None:
    listed.last = 1


def a_client_twice_with_changes(source: Source, listed: Listed) -> None:
    if listed.number == 2:
        listed.ids, listed.changes = [1, *listed.ids], {"city": "Bruges"}
