"""Delivery to webhooks: `sending` makes one signed request, `delivering` decides when and in what order."""
