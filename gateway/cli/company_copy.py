"""`gateway db copy --company`: copies one company into another register."""

from contextlib import AbstractContextManager
from functools import partial

from core.database.database import Database
from core.operations.copying.company import CompanyCopied, DocumentBytes, copy_company
from core.operations.copying.company_bytes import BytesElsewhere, CompanyBytes
from core.text.plural import counted
from gateway.cli.errors import say
from gateway.cli.progress_bars import Bars, shown_bars
from gateway.cli.session import company_id, opened_storage, refusals

_CALLED = {"outbox": "mail", "webhook_deliveries": "webhook message"}


def copy_one(
    name: str,
    both: AbstractContextManager[tuple[Database, Database]],
    storage: tuple[str, str] | None,
    with_waiting: bool,
) -> None:
    """Copy a company between two registers, and print what was copied and what was not."""
    with refusals(), both as (source, target), shown_bars() as bars:
        source.read_now(partial(company_id, name=name))
        document_bytes = _bytes(target, storage, bars)
        copied = copy_company(source, target, name, bars.show, document_bytes, with_waiting)
    _say_result(name, copied, has_bytes=storage is not None)


def _bytes(target: Database, storage: tuple[str, str] | None, bars: Bars) -> DocumentBytes:
    if storage is None:
        return BytesElsewhere(target)
    there, here = (opened_storage(url, "--storage") for url in storage)
    return CompanyBytes(target, there, here, partial(bars.show, "copying", "bytes"))


def _say_result(name: str, copied: CompanyCopied, has_bytes: bool) -> None:
    rows = sum(each.rows for each in copied.sums.values())
    clients, documents = copied.sums["clients"].rows, copied.sums["documents"].rows
    say(f"Company {name!r} was copied: {counted(clients, 'client')}, {counted(rows, 'row')} in all.")
    if documents and has_bytes:
        say(f"The bytes of {counted(documents, 'document')} were copied.")
    elif documents:
        say(f"The bytes of {counted(documents, 'document')} were not copied: use --storage, or copy them yourself.")
    left = [counted(number, _CALLED[table]) for table, number in copied.left.items() if number]
    if left:
        say(f"Still to be sent by the gateways of the source, and not copied: {' and '.join(left)}.")
    say("Its keys work in both registers until you remove the company from one: `gateway companies remove`.")
