"""Data that is derived from clients: counts, the search index, and renderings in each dialect."""
