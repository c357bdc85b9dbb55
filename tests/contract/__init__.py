"""The contract pipeline: that it is green, and that it bites."""
