"""Promises about acknowledged writes, tested with kill -9."""
