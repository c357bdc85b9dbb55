"""Recorded reads made again, of the system that is to be replaced and of this gateway, and compared field by field.

`recorded` finds the reads in logs, `replay` makes them on both sides, `differences` compares two answers.
"""
