"""How each engine writes JSON in SQL."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

Pairs = Mapping[str, str]


class Sql(ABC):
    """The expressions that differ between the two engines. Every method takes and returns SQL text."""

    @abstractmethod
    def object(self, pairs: Pairs) -> str:
        """A JSON object of names and expressions, in this order."""

    @abstractmethod
    def array(self, pairs: Pairs, rows: str) -> str:
        """A JSON array of one object for each row of `FROM … ORDER BY …`."""

    @abstractmethod
    def first(self, pairs: Pairs, rows: str) -> str:
        """A JSON object of the first of these rows, NULL if there is none."""

    @abstractmethod
    def texts(self, column: str, rows: str) -> str:
        """A JSON array of one column of these rows."""

    @abstractmethod
    def truth(self, condition: str) -> str:
        """A JSON boolean."""

    @abstractmethod
    def merged(self, first: str, second: str) -> str:
        """Two JSON objects in one; the second wins."""

    @abstractmethod
    def time(self, microseconds: str) -> str:
        """A time as ISO 8601 with microseconds."""


class SqliteSql(Sql):
    """SQLite's JSON functions. The result of a subquery is text until `json` parses it."""

    def object(self, pairs: Pairs) -> str:
        arguments = ", ".join(f"'{name}', {value}" for name, value in pairs.items())
        return f"json_object({arguments})"

    def array(self, pairs: Pairs, rows: str) -> str:
        return f"json((SELECT json_group_array(json(made)) FROM (SELECT {self.object(pairs)} AS made {rows})))"

    def first(self, pairs: Pairs, rows: str) -> str:
        return f"json((SELECT {self.object(pairs)} {rows} LIMIT 1))"

    def texts(self, column: str, rows: str) -> str:
        return f"json((SELECT json_group_array({column}) FROM (SELECT {column} {rows})))"

    def truth(self, condition: str) -> str:
        return f"json(CASE WHEN {condition} THEN 'true' ELSE 'false' END)"

    def merged(self, first: str, second: str) -> str:
        return f"json(json_patch({first}, {second}))"

    def time(self, microseconds: str) -> str:
        seconds = f"strftime('%Y-%m-%dT%H:%M:%S', {microseconds} / 1000000, 'unixepoch')"
        return f"{seconds} || printf('.%06dZ', {microseconds} % 1000000)"


class PostgresqlSql(Sql):
    """PostgreSQL's JSON functions; an object is made of a row, since a function takes no more than 100 arguments."""

    def object(self, pairs: Pairs) -> str:
        columns = ", ".join(f'{value} AS "{name}"' for name, value in pairs.items())
        return f"(SELECT row_to_json(made) FROM (SELECT {columns}) AS made)"

    def array(self, pairs: Pairs, rows: str) -> str:
        columns = ", ".join(f'{value} AS "{name}"' for name, value in pairs.items())
        return f"(SELECT coalesce(json_agg(made), '[]') FROM (SELECT {columns} {rows}) AS made)"

    def first(self, pairs: Pairs, rows: str) -> str:
        return f"(SELECT {self.object(pairs)} {rows} LIMIT 1)"

    def texts(self, column: str, rows: str) -> str:
        return f"(SELECT coalesce(json_agg(made.{column}), '[]') FROM (SELECT {column} {rows}) AS made)"

    def truth(self, condition: str) -> str:
        return f"({condition})"

    def merged(self, first: str, second: str) -> str:
        return f"(({first})::jsonb || ({second})::jsonb)"

    def time(self, microseconds: str) -> str:
        moment = f"to_timestamp({microseconds} / 1000000) AT TIME ZONE 'UTC'"
        fraction = f"lpad(({microseconds} % 1000000)::text, 6, '0')"
        return f"to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || '.' || {fraction} || 'Z'"
