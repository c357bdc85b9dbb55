"""What is recorded and sent of a change: activities, webhooks and their deliveries, mail in the outbox."""
