"""Currencies as Invoice Ninja numbers them: the ids that integrations send in `settings.currency_id`.

The numbers are the vendor's public reference data; they are identifiers, not an order.
"""

IDS = frozenset(str(number) for number in range(1, 127))
