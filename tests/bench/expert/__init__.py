"""EXPERT: only the measured rows, as an engineer would write them for performance.

Bare Starlette, hand-written SQL that builds the nested JSON, prepared statements, sqlite3 or asyncpg. It checks the
key, counts exactly and commits durably; it has no log, no limits, and nothing else that a client register needs.
"""
