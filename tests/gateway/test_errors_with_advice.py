"""Invalid settings, folders and addresses are reported in one sentence that says what is wrong and what to do."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateway.command_line import ACME, CommandLine, fresh, new_acme
from tests.gateway.refusals import SECRET, refusal
from tests.server import free_port

NOBODY = 65534  # the id of the user `nobody`


def folders(tmp_path: Path) -> dict[str, tuple[str, str]]:
    (tmp_path / "Taken").write_text("")
    return {
        str(tmp_path / "Taken" / "below"): ("cannot be created: ", "Taken is a file; move it away"),
        str(tmp_path / "Taken"): ("Taken is not a folder; move it away", ""),
        "/proc/below": ("/proc/below: it cannot be created there", "choose another place"),
        "s3:/bucket/folder": ("use a folder, or s3://BUCKET/FOLDER", ""),
        "ftp://host/folder": ("use a folder, or s3://BUCKET/FOLDER", ""),
    }


def test_a_storage_folder_that_cannot_be_created_is_reported_with_the_reason(tmp_path):
    cli = new_acme(tmp_path)
    for url, expected in folders(tmp_path).items():
        said = refusal(cli, "serve", "--port", free_port(), GATEWAY_STORAGE_URL=url)
        assert said.startswith("GATEWAY_STORAGE_URL: ")
        assert all(each in said for each in expected), said


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("Taken/register.db", "Taken is not a folder; move it away, or name another place"),
        ("Taken/below/register.db", "Taken is a file; move it away"),
        ("Taken", "There is no register"),
        ("folder", "folder is not a regular file"),
        ("/proc/below/register.db", "/proc/below: it cannot be created there; choose another place"),
        ("/sys/register.db", "the file /sys/register.db cannot be created: permission denied"),
    ],
)
def test_a_register_that_cannot_be_created_is_reported_with_the_reason(tmp_path, file, expected):
    (tmp_path / "Taken").write_text("")
    (tmp_path / "folder").mkdir()
    cli = CommandLine(f"sqlite:///{tmp_path / file}", tmp_path)
    words = ("token", "list") if file == "Taken" else ("bootstrap", *ACME)
    assert expected in refusal(cli, *words)


AS_NOBODY = """
import encodings.idna, os, sys
import gateway.cli.bootstrap, gateway.cli.serve  # while what lies where only root may read can be read
from gateway.cli.commands import app
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
app(sys.argv[1:])(sys.argv[1:])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("words", [("bootstrap", *ACME), ("serve", "--port", "8765")], ids=lambda words: words[0])
def test_a_folder_without_write_permission_is_reported(tmp_path, words):
    with _closed_folder() as folder:
        settings = {"GATEWAY_DATABASE_URL": f"sqlite:///{folder}/Mine/register.db", "GATEWAY_STORAGE_URL": str(folder)}
        command = [sys.executable, "-c", AS_NOBODY.format(nobody=NOBODY), *words]
        done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: GATEWAY_DATABASE_URL: {folder}/Mine: this user may not write there; change the permissions,"
        " or choose another place.\n"
    )


@contextmanager
def _closed_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        yield Path(name)


SETTINGS = {
    "API_SUNSET_AT": ("soon", "must be a date or a time, such as 2026-07-01"),
    "API_DEPRECATED_AT": ("2026-13-01", "must be a date or a time, such as 2026-07-01"),
    "HASH_LENGTH": ("ten", "must be a whole number"),
    "MAX_BODY_BYTES": ("2MB", "must be a whole number"),
    "RATE_LIMIT": ("-1", "must be at least 0"),
    "SESSION_HOURS": ("1000", "must be at most 720"),
    "WEBHOOK_RETRY_SECONDS": ("0", "must be more than 0"),
    "DATABASE_WAIT_SECONDS": ("long", "must be a number"),
    "ACCESS_LOG": ("maybe", "must be true or false"),
    "LOG_FORMAT": ("xml", "must be 'auto', 'json' or 'text'"),
    "LOG_LEVEL": ("loud", "must be 'debug', 'info', 'warning' or 'error'"),
    "PUBLIC_URL": ("crm.example", "must be an absolute http or https URL"),
    "API_SUCCESSOR_URL": ("/docs", "must be an absolute http or https URL"),
    "TRUSTED_PROXIES": ("proxy", "must list IP addresses or networks"),
    "WEBHOOK_ALLOW": ("http://n8n/", "must list hosts"),
    "MAIL_FROM": ("crm", "must be an email address"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_an_invalid_setting_is_reported_with_its_value_and_the_accepted_ones(tmp_path, name):
    value, wanted = SETTINGS[name]
    said = refusal(fresh(tmp_path), "token", "list", **{f"GATEWAY_{name}": value})
    assert said.startswith(f"GATEWAY_{name}: {wanted}")
    assert said.endswith(f", not {value!r}.\n")
    assert not any(word in said for word in ("Input", "parse", "pattern"))


SECRETS = {"SMTP_URL": f"http://u:{SECRET}@h", "METRICS_TOKEN": f"{SECRET} x", "PUBLIC_URL": f"ftp://u:{SECRET}@h"}


@pytest.mark.parametrize("name", SECRETS)
def test_a_wrong_value_that_may_be_secret_is_not_shown(tmp_path, name):
    cli = new_acme(tmp_path)
    assert refusal(cli, "serve", "--port", free_port(), **{f"GATEWAY_{name}": SECRETS[name]}).startswith(
        f"GATEWAY_{name}: "
    )


def test_all_invalid_settings_are_reported_together(tmp_path):
    said = refusal(fresh(tmp_path), "token", "list", GATEWAY_HASH_LENGTH="ten", GATEWAY_RATE_LIMIT="-1")
    assert (
        said
        == "GATEWAY_HASH_LENGTH: must be a whole number, not 'ten'; GATEWAY_RATE_LIMIT: must be at least 0, not '-1'.\n"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GATEWAY_PUBLIC_ULR", "GATEWAY_PUBLIC_ULR is not a setting; did you mean GATEWAY_PUBLIC_URL?\n"),
        ("GATEWAY_RATELIMIT", "GATEWAY_RATELIMIT is not a setting; did you mean GATEWAY_RATE_LIMIT?\n"),
        ("GATEWAY_SERVICE_HOST", ""),  # what Kubernetes sets for a service of that name
        ("GATEWAY_CONTRACT_TOKEN", ""),
    ],
)
def test_a_mistyped_setting_is_reported_with_a_suggestion_and_changes_nothing(tmp_path, name, said):
    cli = new_acme(tmp_path)
    process = cli.start("token", "list", **{name: "http://x"})
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, said)
    assert "bootstrap" in out


@pytest.mark.parametrize("words", [("serve",), ("serve", "--workers", 2), ("demo",), ("mock",)], ids=str)
def test_a_port_in_use_is_reported_in_one_sentence(tmp_path, words):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(fresh(tmp_path), *words, "--port", port, status=3 if words[0] == "serve" else 1)
    assert said.startswith(f"Port {port} cannot be used (address already in use); ")
    assert "--port" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("203.0.113.9", "203.0.113.9 is not an address of this machine"),
        ("nowhere.invalid", "The address nowhere.invalid is unknown"),
    ],
)
def test_an_address_of_another_machine_is_reported_in_one_sentence(tmp_path, host, said):
    assert said in refusal(fresh(tmp_path), "serve", "--host", host, "--port", free_port(), status=3)


def test_messages_keep_the_case_of_file_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text("- no document")
    (tmp_path / "monday.zip").write_text("no archive")
    (tmp_path / "data").write_text("")
    assert refusal(fresh(tmp_path), "contract-diff", "old.yaml", "old.yaml") == "old.yaml is not an OpenAPI document.\n"
    assert refusal(fresh(tmp_path), "restore", "monday.zip").startswith("monday.zip is not a complete backup")
    relative = CommandLine("sqlite:///data/Register.db", tmp_path)
    assert refusal(relative, "bootstrap", *ACME).startswith("GATEWAY_DATABASE_URL: data is not a folder")


COUNTS = [(0, "0 clients"), (1, "1 client"), (2, "2 clients")]


@pytest.mark.parametrize(("number", "counted"), COUNTS)
@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "ninja", "grow"])
def test_an_export_reports_what_it_wrote(tmp_path, form, number, counted):
    cli = new_acme(tmp_path)
    if number:
        rows = "".join(f"{each},Client {each}\n" for each in range(1, number + 1))
        (tmp_path / "in.csv").write_text(f"id,name\n{rows}")
        assert f"{counted} created" in cli("import", "csv", str(tmp_path / "in.csv"))
    target = tmp_path / f"Clients.{form}"
    result = cli.run("export", form, "--output", str(target))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{counted} written to {target}.\n")
    piped = cli.run("export", form)
    assert piped.stderr == f"{counted} written to standard output.\n"
    assert len(piped.stdout_bytes) > 0 or not number
