"""Documents: their rows, their bytes in the storage, and files on their way into it."""
