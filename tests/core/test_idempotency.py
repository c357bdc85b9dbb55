"""Reserving a key for a request: of two equal requests one gets it, whenever the other arrives."""

from contextlib import closing

import pytest
from sqlalchemy import event

from core.access import companies, idempotency, keys, users
from core.access.idempotency import Attempt
from core.database.database import Database
from core.errors import KeyInUse


def _token(connection) -> int:
    company = companies.ensure(connection, "Acme")
    keys.issue(
        connection, company, users.ensure_team_user(connection, company, "team@acme.example", "Secret123"), "key"
    )
    return keys.list_all(connection, company)[0]["id"]


# On SQLite an equal request cannot come in between: there is one writer at a time.
def test_a_key_that_a_concurrent_request_has_just_reserved_is_not_deleted(new_register):
    with closing(Database(new_register("postgresql"))) as register:
        token = register.write_now(_token)
        slower, faster = (Attempt(token, "k-1", "the same request") for _ in range(2))
        looks = []

        def after(_connection, _cursor, statement, *_more):
            if statement.startswith("SELECT") and "idempotency_keys" in statement and not looks:
                looks.append(statement)
                register.write_now(lambda connection: idempotency.begin(connection, faster))

        event.listen(register.engine, "after_cursor_execute", after)
        with pytest.raises(KeyInUse):
            register.write_now(lambda connection: idempotency.begin(connection, slower))
        assert looks
        answer = idempotency.StoredAnswer(201, "{}", "1")
        register.write_now(lambda connection: idempotency.store_answer(connection, faster, answer))
        assert register.write_now(lambda connection: idempotency.begin(connection, slower)) == answer
