"""The password that purge and merge require, and protection against guessing it."""

import asyncio
from weakref import WeakValueDictionary

from core.access import guesses, keys
from core.access.keys import Actor
from core.database.database import Database
from core.errors import WrongPassword


class PasswordGate:
    """Checks passwords one at a time for each API key, so that no guess is checked before earlier ones are counted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def check(self, actor: Actor, address: str, password: str) -> None:
        """Raise `WrongPassword` unless it is the password of the key's owner.

        Raises `TooManyGuesses`, without checking the password, after too many wrong ones.
        """
        turn = self._turns.setdefault(actor.token_id, asyncio.Lock())
        async with turn:
            token = actor.token_id
            were_wrong, hashed = await self._database.read(
                lambda connection: (
                    guesses.check(connection, token, address),
                    keys.password_hash_of(connection, actor),
                ),
                bounded=True,
            )
            try:
                await asyncio.to_thread(keys.check_password, hashed, password)
            except WrongPassword:
                await self._database.write(lambda connection: guesses.count(connection, token, address))
                raise
            if were_wrong:
                await self._database.write(lambda connection: guesses.reset(connection, token, address))
