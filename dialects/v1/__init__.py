"""/api/v1: the newer dialect, in the style of Invoice Ninja v5."""
