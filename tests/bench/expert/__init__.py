"""EXPERT: the measured rows alone, as an engineer who minds performance would write them.

Bare Starlette, hand-written SQL that builds the nested JSON, prepared statements, sqlite3 or asyncpg. It checks the
key, counts exactly and commits durably; it has no log, no limits, and nothing else that a client register needs.
"""
