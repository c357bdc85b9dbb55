"""Conversions: each is a type that parses what a client sends, formats what a client reads, and describes both.

`parse` takes JSON values and form strings alike and raises `BrokenRule`; `format` takes the register's value; `schema`
and `input_schema` are JSON Schema (2020-12) of the output and the input.
"""

from schemas.types.base import (
    BLANK_PATTERN,
    MAX_ID,
    NOTHING,
    SPACES,
    NotGiven,
    Schema,
    Type,
    is_blank,
    trimmed,
    whole,
    whole_number,
)
from schemas.types.compound import JsonObject, ListOf, Url
from schemas.types.countries import CountryCode, CountryNumber
from schemas.types.ids import HashedId
from schemas.types.numbers import MONEY_SCALE, Integer, IntegerText, Money
from schemas.types.texts import Email, Name, Text, TrimmedText
from schemas.types.timestamps import IsoTime, PastTime, UnixTime
from schemas.types.words import Boolean, Choice

__all__ = [
    "BLANK_PATTERN",
    "MAX_ID",
    "MONEY_SCALE",
    "NOTHING",
    "SPACES",
    "Boolean",
    "Choice",
    "CountryCode",
    "CountryNumber",
    "Email",
    "HashedId",
    "Integer",
    "IntegerText",
    "IsoTime",
    "JsonObject",
    "ListOf",
    "Money",
    "Name",
    "NotGiven",
    "PastTime",
    "Schema",
    "Text",
    "TrimmedText",
    "Type",
    "UnixTime",
    "Url",
    "is_blank",
    "trimmed",
    "whole",
    "whole_number",
]
