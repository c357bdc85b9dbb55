"""Programs of others, run against a real gateway. Tests are skipped if this machine or its package index lacks them."""
