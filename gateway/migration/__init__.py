"""Clients brought in from another system, and out to files.

`remote` speaks HTTP politely; `ninja`, `grow`, `native` and `spreadsheets` read one kind of source each through the
table that describes it (`sheet` has the one of spreadsheets); `importer` takes a source page by page into the
register and `report` says what became of it; `exporting` writes.
"""
