"""Packed renderings are small, and unpack to exactly the text that was packed."""

import pytest
from zstandard import ZstdCompressor

from core.text.packing import Packing
from dialects.shared.views import dictionary_file, trained_dictionary
from gateway.enabled_dialects import dialects
from gateway.settings import Settings
from tests.dictionaries import CLIENTS, client

VIEWS = {view.name: view for dialect in dialects(Settings()) for view in dialect.views}
OTHERS = [client(number) for number in range(CLIENTS, CLIENTS + 200)]  # no dictionary was trained with it


@pytest.mark.parametrize("name", VIEWS)
def test_a_rendering_is_packed_to_a_quarter(name):
    view = VIEWS[name]
    texts = [view.render(each) for each in OTHERS]
    packed = [view.packing.pack(text) for text in texts]
    assert [view.packing.unpack(each).decode() for each in packed] == texts
    share = sum(map(len, packed)) / sum(map(len, texts))
    assert share < 0.27, f"{name} takes {share:.0%}: `python -m tests.dictionaries` trains {dictionary_file(name).name}"


@pytest.mark.parametrize("name", VIEWS)
def test_a_trained_dictionary_compresses_better_than_a_sample_alone(name):
    view = VIEWS[name]
    sample = view.packing.dictionary.removeprefix(trained_dictionary(name))
    texts = [view.render(each) for each in OTHERS]
    by_sample = sum(len(Packing(sample).pack(text)) for text in texts)
    assert sum(len(view.packing.pack(text)) for text in texts) < 0.85 * by_sample


def test_a_view_without_a_trained_dictionary_packs_by_its_sample():
    assert trained_dictionary("another") == b""
    text = '{"id":1,"name":"","city":""}' * 3
    packed = Packing(b'{"id":0,"name":"","city":""}').pack(text)
    assert len(packed) < len(ZstdCompressor().compress(text.encode())) <= len(text)
