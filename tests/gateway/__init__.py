"""Tests of the product: its command line and its wiring."""
