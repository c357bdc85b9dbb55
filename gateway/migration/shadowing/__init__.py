"""Repeats recorded reads on the old system and on this gateway, and compares the answers.

`recorded` finds the reads in logs, `replay` makes them on both sides, `differences` compares two answers.
"""
