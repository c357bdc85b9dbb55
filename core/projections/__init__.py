"""What is derived from clients and kept beside them: counts, search, and what they look like in a dialect."""
