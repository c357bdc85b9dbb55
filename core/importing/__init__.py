"""Clients of another system taken into the register under the ids that they have there.

`upserting` leads: it finds the clients that are known by no id (`matching`), leaves alone what a spreadsheet has only
spelt anew (`spelling`), compares what the source shows with what is stored (`columns`, `children`), asks for conflicting
ids, keys and numbers (`conflicts`), and stores the difference. `category_import` brings the categories.
"""
