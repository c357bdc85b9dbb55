"""Its conventions: the key in the user name of HTTP Basic, bare objects, lists under `items`."""

import base64

from core.query import Search
from dialects.shared.dialect import Refusal

CREATED = 201
REFUSALS = {Exception: Refusal(400, "no")}


def read_key(headers):
    return base64.b64decode(headers.get("authorization", "").removeprefix("Basic ")).decode().partition(":")[0]


def password_of(_headers):
    return ""


def error_body(status, message, _errors):
    return {"fault": message, "code": status}


def default_search():
    return Search()


def one(data, _message):
    return data


def many(data, found, _call, _message):
    return {"items": data, "of": found.total}


def describe_one(data, _message):
    return data


def describe_many(data, _message, _nouns):
    return data
