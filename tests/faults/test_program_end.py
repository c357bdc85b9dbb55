"""A program ends normally although its document storage is still at work."""

import subprocess
import sys

import pytest

# Threads that Python does not know would report their results to it while it ends.
PROGRAM = """
import asyncio, sys
from core.documents.storage import DocumentStorage

async def ask():
    storage = DocumentStorage(sys.argv[1])
    asked = [asyncio.ensure_future(storage.size(str(number))) for number in range(200)]
    await asyncio.wait(asked, timeout=0.01)

asyncio.run(ask())
"""


@pytest.mark.parametrize("run", range(10))
def test_a_program_that_ends_during_requests_to_the_storage_exits_with_0(run, tmp_path):
    done = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
