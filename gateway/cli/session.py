"""What every command shares: the migrated register, the company meant, and errors as one sentence and exit code 1."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache, partial
from typing import Concatenate, ParamSpec, TypeVar

import typer
from obstore.exceptions import BaseError
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from core.access import companies
from core.database.addresses import Address, address_of
from core.database.database import Database, Unit
from core.database.migrations import prepare, present
from core.database.register_file import lacks_register, sqlite_file
from core.database.views import Views
from core.documents.storage import DocumentStorage
from core.errors import NotFound, RegisterError, Rejected
from core.operations.outputs import NotWritten
from core.text.folding import name_key
from core.view import View
from gateway.cli.parameters import record_id
from gateway.settings import Settings
from schemas.errors import in_words
from schemas.hashing import Hashids
from schemas.types import HashedId

T = TypeVar("T")
P = ParamSpec("P")

_TIMEOUT_SECONDS = 30  # a command would rather wait for another one's migration than fail


class Refused(Exception):
    """A command that cannot be done, in words for the user."""


def say(sentence: str) -> None:
    """Tell the user something on standard error, which leaves standard output to what scripts read."""
    typer.echo(sentence, err=True)


def read(unit: Unit[T]) -> T:
    """What a unit reads from the register, which is there already."""
    with register() as database:
        return database.read_now(unit)


def write(unit: Unit[T], make: bool = False) -> T:
    """Run a unit that changes the register, wholly or not at all; with `make` a register that is made if need be."""
    with register(make) as database:
        return written(database, unit)


def written(database: Database, unit: Unit[T]) -> T:
    """The same in a register that is open."""
    try:
        return database.write_now(unit)
    except IntegrityError:
        # Somebody stored the same thing meanwhile: a second look finds it and answers as if it had been there.
        return database.write_now(unit)


def in_company(
    name: str | None, verb: Callable[Concatenate[Connection, int, P], T], *args: P.args, **kwargs: P.kwargs
) -> Unit[T]:
    """A verb of the core as a unit on the company of that name, or on the only one."""
    return lambda connection: verb(connection, company_id(connection, name), *args, **kwargs)


@contextmanager
def register(make: bool = False) -> Iterator[Database]:
    """The register, migrated, or with GATEWAY_MIGRATE=never looked at. What goes wrong in the block ends the command.

    Unless a command is there to `make` one, a register that is not there is refused: its URL is mistyped.
    """
    name = "GATEWAY_DATABASE_URL"
    with refusals():
        chosen = settings()
        if not make:
            check_has_register(chosen.database_url, name)
        database = opened(chosen.database_url, name, cache(partial(_views, chosen)))
        try:
            if not make:
                check_has_schema(database, name)
            prepare(database, by_hand=chosen.migrate == "never")
            yield database
        finally:
            database.close()


@contextmanager
def refusals() -> Iterator[None]:
    """Say an expected error in one sentence and exit with code 1."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader has gone, which is no error: see `gateway.cli.commands`
    except (Refused, RegisterError, SQLAlchemyError, OSError) as error:
        say(f"Error: {_sentence(error)}")
        raise typer.Exit(1) from error


def settings() -> Settings:
    """The settings of the environment."""
    try:
        return Settings()
    except ValidationError as error:
        # The values stay unsaid: a URL may carry a password.
        wrong = [
            f"GATEWAY_{'_'.join(map(str, each['loc'])).upper()}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors()
        ]
        raise Refused("; ".join(wrong) + ".") from error


def id_of_client(text: str) -> int:
    """The client's id as either dialect writes it: a whole number, else hashed. Raises `NotFound`."""
    if text.isdecimal():
        return int(record_id(text))
    chosen = settings()
    decoded = HashedId(Hashids(chosen.hash_salt, chosen.hash_length)).decode(text)
    if decoded is None:
        raise NotFound("client")
    return decoded


def _views(chosen: Settings) -> Sequence[View]:
    # Few commands change a client, and the dialects take longer to import than most commands to run.
    from gateway.enabled_dialects import views

    return views(chosen)


def opened(url: str, name: str, views: Views = tuple) -> Database:
    """The database of a URL; `name` is what the user calls it. Raises `Refused`."""
    try:
        return Database(url, threads=1, wait_seconds=_TIMEOUT_SECONDS, views=views)
    except (ValueError, ImportError, SQLAlchemyError) as error:
        raise Refused(f"{name}: {error}.") from error


def check_has_register(url: str, name: str) -> None:
    """Raises `Refused` if a URL names an SQLite file without a register; to open it would make it, and its folders."""
    try:
        address = address_of(url)
    except ArgumentError:  # whoever opens it says so
        return
    if address.is_sqlite and address.url.database and lacks_register(sqlite_file(address.url)):
        raise _no_register(address, name)


def check_has_schema(database: Database, name: str) -> None:
    """Raises `Refused` if a database that is open holds no register."""
    if database.read_now(present) is None:
        raise _no_register(database.address, name)


def _no_register(address: Address, name: str) -> Refused:
    return Refused(f"There is no register at {address}: is {name} right? `gateway bootstrap` makes a new one")


def opened_storage(url: str, name: str = "GATEWAY_STORAGE_URL") -> DocumentStorage:
    """The document storage of a URL; `name` is what the user calls it. Raises `Refused`."""
    try:
        return DocumentStorage(url)
    except (OSError, ValueError, BaseError) as error:
        raise Refused(f"{name}: {str(error).splitlines()[0]}") from error


def company_id(connection: Connection, name: str | None) -> int:
    """The id of the company of that name, or of the only one. Raises `Refused`."""
    try:
        return companies.find(connection, name)
    except NotFound:
        raise Refused(_why_no_company(companies.names(connection), name)) from None


def _why_no_company(known: list[str], name: str | None) -> str:
    if not known:
        return "There is no company yet; `gateway bootstrap` makes one."
    if name is None:
        return "There are several companies; name one with --company."
    meant = [each for each in known if name_key(each) == name_key(name)] or get_close_matches(name, known, 1)
    hint = f" Is {meant[0]!r} meant?" if meant else ""
    return f"There is no company named {name!r}.{hint}"


def _sentence(error: Exception) -> str:
    if isinstance(error, Rejected):
        return " ".join(in_words(problem) for problem in error.problems)
    if isinstance(error, NotFound):
        return f"There is no such {error.noun}."
    if isinstance(error, DBAPIError):
        # The whole message would show the statement's values, password hashes among them.
        return f"The database refuses: {str(error.orig).splitlines()[0]}."
    if isinstance(error, NotWritten):
        return f"{error}."  # it may begin with the name of a file
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {(error.strerror or str(error)).lower()}."
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return text[:1].upper() + text[1:].rstrip(".") + ("" if text.endswith("?") else ".")
