"""Values by themselves: how texts, times, countries and secrets are parsed, generated and compared."""
