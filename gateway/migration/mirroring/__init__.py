"""Mirrors live traffic of the old system: passed through unchanged, and repeated on this gateway.

There are two processes. `relay` passes bytes between callers and the old system; `observer` parses them and gives
finished exchanges to `comparer_process`, which pipes them to the second process, `comparer`. That repeats reads
(`repeating`), compares the answers, and keeps the `ledger`. Nothing that happens in it can delay or break a caller's
request.
"""
