"""Examples of records in /api/v1: those of the document, and our own for records that it does not have."""

from typing import Any

CONTACT: dict[str, Any] = {
    "id": "YQdJqg9bOG",
    "first_name": "Jewell",
    "last_name": "McClure",
    "email": "user@example.com",
    "created_at": 1631673918,
    "updated_at": 1631673918,
    "archived_at": 0,
    "is_primary": True,
    "is_locked": False,
    "phone": "276-345-6722",
    "custom_value1": "",
    "custom_value2": "",
    "custom_value3": "",
    "custom_value4": "",
    "contact_key": "d78CHQD80ePJbEn7tYX1fsRn5hXr7XiWQqjJYT9Q",
    "send_email": True,
    "last_login": 0,
    "password": "**********",
    "link": "http://ninja.test:8000/client/key_login/d78CHQD80ePJbEn7tYX1fsRn5hXr7XiWQqjJYT9Q",
}


CLIENT: dict[str, Any] = {
    "id": "OpnelpJeKB",
    "user_id": "q9wdL84djP",
    "assigned_user_id": "",
    "name": "O'Reilly-Metz",
    "website": "http://www.okeefe.com/aut-nostrum-omnis-explicabo-nostrum.html",
    "private_notes": "Pays late in August.",
    "balance": 10735.05,
    "group_settings_id": "",
    "paid_to_date": 0,
    "credit_balance": 0,
    "last_login": 0,
    "size_id": "",
    "public_notes": "",
    "client_hash": "VOYXVqOLrT1pc4FdKCg8AXVIeumby5IfKvkQ1eAB",
    "address1": "83865",
    "address2": "28362 Carlotta Junctions Apt. 508",
    "phone": "",
    "city": "South Sibylstad",
    "state": "New York",
    "postal_code": "52557-0628",
    "country_id": "288",
    "industry_id": "",
    "custom_value1": "",
    "custom_value2": "",
    "custom_value3": "",
    "custom_value4": "",
    "shipping_address1": "9999",
    "shipping_address2": "6540 Kari Meadows Apt. 411",
    "shipping_city": "East Jordy",
    "shipping_state": "Illinois",
    "shipping_postal_code": "39913-0552",
    "shipping_country_id": "4",
    "settings": {"entity": "App\\Models\\Client", "industry_id": "", "size_id": "", "currency_id": "1"},
    "is_deleted": False,
    "vat_number": "929146739",
    "id_number": "",
    "updated_at": 1631673918,
    "archived_at": 0,
    "created_at": 1631673918,
    "display_name": "O'Reilly-Metz",
    "number": "0001",
    "contacts": [CONTACT],
    "documents": [],
    "gateway_tokens": [],
}


DOCUMENT: dict[str, Any] = {
    "id": "Wpmbk5ezJn",
    "user_id": "q9wdL84djP",
    "assigned_user_id": "",
    "project_id": "",
    "vendor_id": "",
    "url": "http://ninja.test/api/v1/documents/Wpmbk5ezJn/download",
    "preview": "",
    "name": "document.pdf",
    "type": "pdf",
    "disk": "public",
    "hash": "niqbMIupZI0p1wS1ZwsEqJSMac8plimEXAr0TuIR.pdf",
    "size": 40078,
    "width": 0,
    "height": 0,
    "is_default": False,
    "updated_at": 1631681485,
    "archived_at": 0,
    "created_at": 1631681485,
    "is_deleted": False,
}


GROUP: dict[str, Any] = {
    "id": "k8mep2bMyJ",
    "name": "Wholesale",
    "settings": {"currency_id": "1", "payment_terms": "30"},
    "created_at": 1631673918,
    "updated_at": 1631673918,
    "archived_at": 0,
    "is_deleted": False,
}


USER: dict[str, Any] = {
    "id": "q9wdL84djP",
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane@example.com",
    "phone": "",
    "signature": "",
    "custom_value1": "",
    "custom_value2": "",
    "custom_value3": "",
    "custom_value4": "",
    "last_login": 0,
    "created_at": 1631673918,
    "updated_at": 1631673918,
    "archived_at": 0,
    "is_deleted": False,
}


COMPANY: dict[str, Any] = {
    "id": "VolejRejNm",
    "name": "Acme Inc",
    "settings": {"name": "Acme Inc", "currency_id": "1"},
    "created_at": 1631673918,
    "updated_at": 1631673918,
    "archived_at": 0,
    "is_deleted": False,
}


_NO_SEPARATORS = {"thousand_separator": "", "decimal_separator": "", "swap_currency_symbol": False}


_UNITED_STATES = {"id": "840", "name": "United States", "iso_3166_2": "US", "iso_3166_3": "USA"}


_US_DOLLAR = {"id": "1", "name": "US Dollar", "code": "USD", "symbol": "$", "precision": 2, "exchange_rate": 1}


STATICS: dict[str, Any] = {
    "countries": [_UNITED_STATES | {"swap_postal_code": False} | _NO_SEPARATORS],
    "currencies": [_US_DOLLAR | _NO_SEPARATORS | {"thousand_separator": ",", "decimal_separator": "."}],
    "languages": [{"id": "1", "name": "English", "locale": "en"}],
    "industries": [{"id": "1", "name": "Accounting & Legal"}],
    "sizes": [{"id": "1", "name": "1 - 3"}],
}


BLANK_GROUP: dict[str, Any] = GROUP | {"id": "", "name": "", "settings": {}, "created_at": 0, "updated_at": 0}


BLANK: dict[str, Any] = CLIENT | {
    **{key: "" for key, value in CLIENT.items() if isinstance(value, str)},
    "user_id": "q9wdL84djP",
    "balance": 0,
    "settings": {"entity": "App\\Models\\Client", "currency_id": "1"},
    "updated_at": 0,
    "created_at": 0,
    "contacts": [
        {key: "" if isinstance(value, str) else value for key, value in CONTACT.items()}
        | {"created_at": 0, "updated_at": 0}
    ],
}


OWN_DOCUMENT: dict[str, Any] = DOCUMENT | {"client_id": "wMvbmEAbYA", "is_public": False}


GATEWAY_TOKEN: dict[str, Any] = {
    "id": "VolejRejNm",
    "token": "tok_1MvSrf",
    "gateway_customer_reference": "cus_NhD8HD2bY8",
    "company_gateway_id": "stripe-eu",
    "gateway_type_id": "1",
    "is_default": True,
    "meta": {"brand": "visa", "last4": "4242", "exp_year": "2028"},
    "created_at": 1631681485,
    "updated_at": 1631681485,
    "archived_at": 0,
    "is_deleted": False,
    "client_id": "wMvbmEAbYA",
}


BLANK_GATEWAY_TOKEN: dict[str, Any] = GATEWAY_TOKEN | {
    **{key: "" for key, value in GATEWAY_TOKEN.items() if isinstance(value, str)},
    "is_default": False,
    "meta": {},
    "created_at": 0,
    "updated_at": 0,
}


_NOTHING_OF = ("invoice_id", "payment_id", "credit_id", "expense_id", "contact_id", "task_id", "ip")


ACTIVITY: dict[str, Any] = {
    "id": "VolejRejNm",
    "activity_type_id": "61",
    "client_id": "OpnelpJeKB",
    "company_id": "VolejRejNm",
    "user_id": "q9wdL84djP",
    **dict.fromkeys(_NOTHING_OF, ""),
    "updated_at": 1631673918,
    "is_system": False,
    "notes": "Updated",
    "token_id": "VolejRejNm",
    "dialect": "v1",
    "before": {"city": "Springfield"},
    "after": {"city": "South Sibylstad"},
    "created_at": 1631673918,
}


_CHANGE = {"cursor": "AAAAAAAAAAcABlT3pQxKQA", "merged_into": "", "timestamp": 1781516400}


CHANGES = [
    _CHANGE | {"type": "updated", "id": "OpnelpJeKB", "record": CLIENT},
    _CHANGE | {"cursor": "AAAAAAAAAAgABlT3pQxKQQ", "type": "merged", "id": "wMvbmEAbYA", "merged_into": "OpnelpJeKB"},
]
