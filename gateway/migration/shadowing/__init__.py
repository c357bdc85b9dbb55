"""Repeats recorded reads on the system that is to be replaced and on this gateway, and compares the answers.

`recorded` finds the reads in logs, `replay` makes them on both sides, `differences` compares two answers.
"""
