"""The requests that a client's page offers run as they are, once their key is filled in."""

import html
import re
import shutil
import subprocess
import sys

import pytest

RUNS = {
    "curl": ["bash", "-c"],
    "Python": [sys.executable, "-c"],
    **({"PHP": ["php", "-r"]} if shutil.which("php") else {}),
}
NAME = 'O\'Neil "& Sons" $HOME `id` \\n é'


pytestmark = pytest.mark.engines("sqlite")  # which database is behind the page makes no difference to its text


@pytest.mark.parametrize("language", RUNS)
def test_the_samples_of_requests_run(member, company, language):
    made = company.new_legacy(client_company_name=NAME)
    page = member.get(f"/bridge/clients/{made['id']}").text
    found = re.findall(rf"<summary>{language}<.*?<pre><code>(.*?)</code>", page, re.DOTALL)
    assert len(found) == 4  # reading and changing, in two dialects
    for text in found:
        script = html.unescape(text).replace("YOUR_KEY", company.key).removeprefix("<?php\n")
        run = subprocess.run([*RUNS[language], script], capture_output=True, text=True, timeout=30)
        assert run.returncode == 0, run.stderr
        assert "Neil" in run.stdout
    shown = company.legacy_view(made["id"])
    assert (shown["company_name"], shown["description"]) == (NAME, "Key account.")
