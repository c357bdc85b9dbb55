"""The behaviour of the register through both dialects, on every database engine."""
