"""Live traffic of the system that is to be replaced, passed through untouched and repeated on this gateway.

Two processes: `relay` passes bytes between callers and the old system, `observer` reads along and hands finished
exchanges to `feeding`, which pipes them to the second process, `comparer`. That one repeats reads (`repeating`),
compares the answers, and keeps the `ledger`. Nothing that happens in it can delay or break a caller's request.
"""
