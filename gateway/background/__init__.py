"""The background work of a server process: housekeeping, backups, backfills of renderings, mail, webhooks."""
