"""Changed code invalidates renderings: every function that runs for a rendering is in a file of the fingerprint."""

import sys
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from core.clients import records
from dialects.shared.views import RENDERS, rendering_files, statements
from gateway.enabled_dialects import dialects
from gateway.settings import Settings
from tests.register.arranging import number_of, register, upload
from tests.register.test_two_views import ONLY_V1

ROOT = Path(__file__).parents[2]


@pytest.fixture
def record(company):
    """A client with a row in every table that belongs to clients."""
    made = company.v1.post("/clients", json=ONLY_V1 | {"name": "Acme", "tags": ["A"]}).json()["data"]
    upload(company, made["id"], ("a.txt", b"a"))
    token = {"client_id": made["id"], "token": "t", "gateway_customer_reference": "r"}
    company.v1.post("/client_gateway_tokens", json=token)
    return register(company, records.get, number_of(made))


def test_every_module_that_runs_for_a_rendering_is_in_its_fingerprint(record):
    views = list(chain.from_iterable([*each.views, *each.edition_views] for each in dialects(Settings())))
    ran: set[Path] = set()

    def note(frame: FrameType, _event: str, _argument: Any) -> None:
        ran.add(Path(frame.f_code.co_filename))

    sys.setprofile(note)
    try:
        for view in views:
            view.render(record)
    finally:
        sys.setprofile(None)

    ours = {path for path in ran if path.is_relative_to(ROOT) and ".venv" not in path.parts}
    assert {ROOT / "schemas" / "rendering.py", ROOT / "core" / "text" / "names.py"} <= ours
    assert ours - {Path(__file__)} <= set(rendering_files())


def test_every_file_of_the_fingerprint_exists():
    assert all(list(ROOT.glob(pattern)) for pattern in RENDERS)


def test_a_changed_comment_leaves_the_fingerprint_unchanged(tmp_path):
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("# What it is.\na = 1\n\nb = 2  # so\n")
    other.write_text("a = 1\n    # Something else.\nb = 2  # so\n")
    assert list(statements(one)) == list(statements(other))
