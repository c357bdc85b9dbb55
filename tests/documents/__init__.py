"""The two seed documents, replayed: their requests as a user would send them, their answers as the oracle."""
