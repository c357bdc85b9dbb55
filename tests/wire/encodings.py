"""The encodings of a body that both dialects read, and values that several tests send in them."""

STRICT = {"Prefer": "handling=strict"}
NAMED = {"first_name": "Ann", "last_name": "Lee"}

# By name, a function of the fields that returns the arguments for httpx.
ENCODINGS = {
    "json": lambda fields: {"json": fields},
    "urlencoded": lambda fields: {"data": fields},
    "multipart": lambda fields: {"files": [(key, (None, value)) for key, value in fields.items()]},
}
