"""Documents: their rows, their bytes in the storage, and uploads."""
