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
NAMES = ["Acme", 'O\'Neil "& Sons" $HOME `id` \\n é']


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", RUNS)
def test_samples_run(member, company, language, name):
    made = company.new_legacy(client_company_name=name)
    page = member.get(f"/bridge/clients/{made['id']}").text
    found = re.findall(rf"<summary>{language}<.*?<pre><code>(.*?)</code>", page, re.DOTALL)
    assert len(found) == 4  # reading and changing, in two dialects
    for text in found:
        script = html.unescape(text).replace("YOUR_KEY", company.key).removeprefix("<?php\n")
        run = subprocess.run([*RUNS[language], script], capture_output=True, text=True, timeout=30)
        assert run.returncode == 0, run.stderr
        assert "Acme" in run.stdout or "Neil" in run.stdout
    shown = company.legacy_view(made["id"])
    assert (shown["company_name"], shown["description"]) == (name, "Key account.")
