"""Imports clients from other systems, and exports them to files.

`remote` sends requests politely; `ninja`, `grow`, `native` and `spreadsheets` read one kind of source each, through the
table that describes it (`sheet` has the table of spreadsheets); `importer` imports a source page by page and `report`
reports the outcome; `exporting` writes files.
"""
