"""What a change records and sends: activities, webhooks and their deliveries, the change log, mail in the outbox."""
