"""Replays the two API documents: their requests as users send them, compared with their answers."""
