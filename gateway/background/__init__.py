"""What a server process does beside answering: housekeeping, rendering in advance, mail, webhooks."""
