"""Values by themselves: how texts, moments, countries and secrets are read, made and compared."""
