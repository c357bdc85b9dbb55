"""Clients brought in from another system, and out to files.

`remote` speaks HTTP politely; `ninja`, `grow`, `native` and `sheet` read one kind of source each through the table that
describes it; `conductor` takes a source page by page into the register and `report` says what became of it; `exporting`
writes.
"""
