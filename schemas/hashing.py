"""Hashids, with its shuffles remembered.

The library shuffles its alphabet anew for every id it writes or reads, which is most of its work. A shuffle depends on
the alphabet and a salt alone, and for one number there are only as many as the alphabet has letters.
"""

from functools import lru_cache

import hashids
from hashids import Hashids

__all__ = ["Hashids"]

hashids._reorder = lru_cache(maxsize=4096)(hashids._reorder)
