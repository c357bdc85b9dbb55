"""HTTP on the wire: bodies of every kind, query strings, and every way in which requests can be malformed."""
