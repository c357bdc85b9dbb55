"""Counts of things in sentences."""


def counted(number: int, thing: str) -> str:
    """Return a number with its noun: `1 client`, `2 clients`, `1 category`, `2 categories`."""
    if number == 1:
        return f"1 {thing}"
    return f"{number} {thing[:-1]}ies" if thing.endswith("y") else f"{number} {thing}s"
