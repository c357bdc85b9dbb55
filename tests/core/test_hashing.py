"""The fast decoder of hashed ids agrees with the library for every text."""

import hashids
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hashing import Hashids

LETTERS = st.text(hashids.Hashids.ALPHABET, max_size=24)
NUMBERS = st.integers(0, 2**64)


@pytest.fixture(
    scope="module", params=[("", 10), ("", 0), ("pepper", 3), ("a salt that is longer than the whole alphabet" * 2, 20)]
)
def codec(request):
    salt, min_length = request.param
    return Hashids(salt=salt, min_length=min_length), hashids.Hashids(salt=salt, min_length=min_length)


@given(text=LETTERS | st.text(max_size=12))
def test_any_text_decodes_as_the_library_decodes_it(codec, text):
    ours, library = codec
    assert ours.number(text) == outside_transaction(library.decode(text))


@given(number=NUMBERS, at=st.integers(0, 23), letter=st.sampled_from(hashids.Hashids.ALPHABET))
def test_an_id_with_one_letter_changed_decodes_as_the_library_decodes_it(codec, number, at, letter):
    ours, library = codec
    text = library.encode(number)
    assert (ours.encode(number), ours.number(text)) == (text, number)
    off = text[:at] + letter + text[at + 1 :]
    assert ours.number(off) == outside_transaction(library.decode(off))


@given(numbers=st.lists(NUMBERS, max_size=3))
def test_an_id_of_several_numbers_or_none_decodes_as_the_library_decodes_it(codec, numbers):
    ours, library = codec
    text = library.encode(*numbers)
    assert ours.number(text) == outside_transaction(library.decode(text))


def outside_transaction(numbers):
    return numbers[0] if len(numbers) == 1 else None
