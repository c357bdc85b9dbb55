"""A whole register moved from one database to another, between SQLite and PostgreSQL in either direction.

`register` conducts; `rows` reads and compares, `loading` writes, `objects` moves documents' bytes.
"""
