"""Random names: their length, their letters, and that all letters are equally likely."""

import string
from collections import Counter

import pytest

from core.text.secrets import random_name

LETTERS = string.ascii_letters + string.digits


@pytest.mark.parametrize("length", [0, 1, 40, 64, 1000])
def test_a_random_name_has_the_requested_length_and_only_letters_and_digits(length):
    name = random_name(length)
    assert len(name) == length
    assert set(name) <= set(LETTERS)


def test_random_names_differ_and_use_every_letter_equally_often():
    assert len({random_name(40) for _ in range(1000)}) == 1000
    counted = Counter(random_name(620_000))
    assert set(counted) == set(LETTERS)
    # Ten thousand of each are expected; six standard deviations are 600.
    assert all(abs(counted[letter] - 10_000) < 700 for letter in LETTERS)
