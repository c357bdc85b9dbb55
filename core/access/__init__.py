"""Companies and who may act for them: team users, API keys, sessions, and limits on attempts and requests."""
