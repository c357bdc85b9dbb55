"""Companies and who may act for them: team users, keys, sessions, and how often they may try or ask."""
