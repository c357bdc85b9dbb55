"""The editions of /api/v1 as values of options."""

from enum import StrEnum


class Edition(StrEnum):
    """The keys of the API document, or those of the vendor's current client as well."""

    SEED = "seed"
    OF_2026 = "2026"
