"""Clients of another system taken into the register under the ids that they have there.

`upserting` leads: it finds the clients that are known by no id (`matching`), asks for conflicting ids, keys and numbers
(`conflicts`), compares what the source shows with what is stored (`columns`, `children`, and `spelling` for what a
spreadsheet has only spelt anew), and stores the difference. `category_import` brings the categories.
"""
