"""How requests arrive: bodies of every kind, query strings, and everything that can be wrong with them."""
