"""The HTTP dialects: one folder each, with the same file names, and `shared` for what they have in common."""
