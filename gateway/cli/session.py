"""Shared by all commands: the migrated register, the chosen company, and errors as one sentence and exit code 1."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache, partial
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from core.access import companies
from core.database.addresses import Address, address_of
from core.database.database import Database, Unit
from core.database.migrations import prepare, present
from core.database.register_file import lacks_register, sqlite_file
from core.database.unreachable import why_not_connected, why_not_opened
from core.database.views import Views
from core.errors import NotFound, Unavailable
from core.text.folding import name_key
from core.view import View
from gateway.cli import errors
from gateway.cli.errors import CommandError, of_file, say
from gateway.cli.parameters import record_id
from gateway.settings import Settings, mistyped
from schemas.hashing import Hashids
from schemas.types import HashedId

if TYPE_CHECKING:
    from core.documents.storage import DocumentStorage

T = TypeVar("T")
P = ParamSpec("P")

_TIMEOUT_SECONDS = 30  # long enough to wait for another command's migration


def read(unit: Unit[T]) -> T:
    """Return what a unit reads from an existing register."""
    with register() as database:
        return database.read_now(unit)


def write(unit: Unit[T], make: bool = False) -> T:
    """Run a unit that changes the register, wholly or not at all; with `make`, create the register if needed."""
    with register(make) as database:
        return written(database, unit)


def written(database: Database, unit: Unit[T]) -> T:
    """Run a unit as `write` does, in a register that is open."""
    try:
        return database.write_now(unit)
    except IntegrityError:
        # Another process stored the same record meanwhile: a second attempt finds it.
        return database.write_now(unit)


def in_company(
    name: str | None, verb: Callable[Concatenate[Connection, int, P], T], *args: P.args, **kwargs: P.kwargs
) -> Unit[T]:
    """Return an operation of the core as a unit on the company of that name, or on the only company."""
    return lambda connection: verb(connection, company_id(connection, name), *args, **kwargs)


@contextmanager
def register(make: bool = False) -> Iterator[Database]:
    """Yield the migrated register, or with GATEWAY_MIGRATE=never the checked one. Errors in the block end the command.

    Unless the command may `make` one, a register that does not exist is an error: its URL is probably mistyped.
    """
    name = "GATEWAY_DATABASE_URL"
    with refusals():
        chosen = settings()
        if not make:
            check_has_register(chosen.database_url, name)
        database = opened(chosen.database_url, name, cache(partial(_views, chosen)))
        try:
            with reached(database, name):
                if not make:
                    check_has_schema(database, name)
                prepare(database, by_hand=chosen.migrate == "never")
            yield database
        finally:
            database.close()


@contextmanager
def reached(database: Database, name: str) -> Iterator[None]:
    """Raise `CommandError` with advice if the database cannot be opened; `name` is what the user calls it."""
    try:
        yield
    except (Unavailable, SQLAlchemyError) as error:
        if why := why_not_opened(database.file) if database.is_sqlite else why_not_connected(error):
            raise CommandError(f"{name}: {why}") from error
        raise


@contextmanager
def refusals() -> Iterator[None]:
    """Do the same as `errors.refusals`, also for errors of a database."""
    with errors.refusals():
        try:
            yield
        except DBAPIError as error:
            # The whole message would show the statement's values, password hashes among them.
            raise CommandError(f"The database refuses: {str(error.orig).splitlines()[0]}") from error
        except SQLAlchemyError as error:
            raise CommandError(str(error)) from error


def settings() -> Settings:
    """Return the settings of the environment. Raises `CommandError`."""
    _warn_of_mistyped()
    try:
        return Settings()
    except ValidationError as error:
        from gateway.cli.setting_errors import in_words

        raise CommandError(in_words(error)) from error


@cache
def _warn_of_mistyped() -> None:
    for name, near in mistyped(os.environ).items():  # once per command
        say(f"{name} is not a setting; did you mean {near}?")


def id_of_client(text: str) -> int:
    """Return the client's id from either dialect's form: a whole number, else hashed. Raises `NotFound`."""
    if text.isdecimal():
        return int(record_id(text))
    chosen = settings()
    decoded = HashedId(Hashids(chosen.hash_salt, chosen.hash_length)).decode(text)
    if decoded is None:
        raise NotFound("client")
    return decoded


def _views(chosen: Settings) -> Sequence[View]:
    # Few commands change a client, and importing the dialects takes longer than most commands.
    from gateway.enabled_dialects import views

    return views(chosen)


def opened(url: str, name: str, views: Views = tuple) -> Database:
    """Return the database of a URL; `name` is what the user calls it. Raises `CommandError`."""
    try:
        return Database(url, threads=1, wait_seconds=_TIMEOUT_SECONDS, views=views)
    except OSError as error:
        raise CommandError(f"{name}: {of_file(error)}") from error
    except (ValueError, ImportError, SQLAlchemyError) as error:
        raise CommandError(f"{name}: {error}") from error


def address_named(url: str, name: str) -> Address:
    """Return the address of a URL; `name` is what the user calls it. Raises `CommandError`."""
    try:
        return address_of(url)
    except ValueError as error:
        raise CommandError(f"{name}: {error}") from error


def check_has_register(url: str, name: str) -> None:
    """Raise `CommandError` if a URL names an SQLite file without a register, which opening it would create."""
    address = address_named(url, name)
    if address.is_sqlite and address.url.database and lacks_register(sqlite_file(address.url)):
        raise _missing_register_error(address, name)


def check_has_schema(database: Database, name: str) -> None:
    """Raise `CommandError` if an open database contains no register."""
    if database.read_now(present) is None:
        raise _missing_register_error(database.address, name)


def _missing_register_error(address: Address, name: str) -> CommandError:
    return CommandError(f"There is no register at {address}: is {name} right? `gateway bootstrap` creates one")


def opened_storage(url: str, name: str = "GATEWAY_STORAGE_URL") -> "DocumentStorage":
    """Return the document storage of a URL; `name` is what the user calls it. Raises `CommandError`."""
    # Imported late: most commands need no documents.
    from obstore.exceptions import BaseError

    from core.documents.storage import DocumentStorage

    try:
        return DocumentStorage(url)
    except (OSError, ValueError, BaseError) as error:
        reason = of_file(error) if isinstance(error, OSError) else str(error).splitlines()[0]
        raise CommandError(f"{name}: {reason}") from error


def company_id(connection: Connection, name: str | None) -> int:
    """Return the id of the company of that name, or of the only company. Raises `CommandError`."""
    try:
        return companies.find(connection, name)
    except NotFound:
        raise CommandError(_company_error(companies.names(connection), name)) from None


def _company_error(known: list[str], name: str | None) -> str:
    if not known:
        return "There is no company yet; `gateway bootstrap` creates one."
    if name is None:
        return "There are several companies; name one with --company."
    meant = [each for each in known if name_key(each) == name_key(name)] or get_close_matches(name, known, 1)
    hint = f" Did you mean {meant[0]!r}?" if meant else ""
    return f"There is no company named {name!r}.{hint}"
