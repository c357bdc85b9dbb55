"""Copies a whole register from one database to another, between SQLite and PostgreSQL in either direction.

`register` leads; `rows` reads and compares, `loading` writes, `objects` copies documents' bytes.
"""
