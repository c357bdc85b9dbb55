"""Imports clients of another system into the register under their own ids.

`upserting` leads: it finds clients without a known id (`matching`), checks for conflicting ids, keys and numbers
(`conflicts`), compares the source with what is stored (`columns`, `children`, and `spelling` for values that a
spreadsheet has only written differently), and stores the difference. `category_import` imports the categories,
`company_data` custom fields and contact-type users.
"""
