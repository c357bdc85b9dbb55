"""What a server process does beside answering: housekeeping, backups, rendering in advance, mail, webhooks."""
