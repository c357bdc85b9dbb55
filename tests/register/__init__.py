"""What the register does and keeps, seen through both dialects, on every database engine."""
