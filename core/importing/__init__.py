"""Clients of another system taken into the register under the ids that they have there.

`upserting` leads: it compares what the source shows with what is stored (`columns`, `children`), asks for conflicting
ids, keys and numbers (`conflicts`), and stores the difference. `category_import` brings the categories.
"""
