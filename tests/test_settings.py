"""Settings are checked when they are read, and shown by one command."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from graph_api.errors import BadRequest
from graph_api.settings import Settings, from_environment, variable

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PASSERELLE_QUERY_SECONDS", "soon", "write a number"),
        ("PASSERELLE_QUERY_SECONDS", "nan", "write a number above 0"),
        ("PASSERELLE_QUERY_SECONDS", "inf", "write a number above 0"),
        ("PASSERELLE_KEEP_VERSIONS", "0", "write a number above 0"),
        ("PASSERELLE_KEEP_VERSIONS", "1.5", "write a number"),
        ("PASSERELLE_BASE", "example.org", "begins with https://"),
        ("PASSERELLE_BASE", "javascript:alert(1)", "begins with https://"),
        ("PASSERELLE_STORE", "file:///etc/passwd", "begins with https://"),
        ("PASSERELLE_QUERY_SECONDS_CAP", "1", "write 10 or more"),
        ("PASSERELLE_QUERY_SECOND", "1", "did you mean PASSERELLE_QUERY_SECONDS"),
        ("PASSERELLE_LOG", "xml", "write text or json"),
        ("PASSERELLE_NONSENSE", "1", "is no setting"),
    ],
)
def test_an_unusable_setting_says_what_to_write(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        from_environment({name: value})
    assert said in str(refused.value)
    assert name in str(refused.value)


def test_what_is_given_is_read_and_everything_else_stays() -> None:
    given = {"PASSERELLE_BASE": "https://example.org/sub", "PASSERELLE_KEEP_VERSIONS": "2", "HOME": "/nowhere"}
    assert from_environment(given) == Settings(base="https://example.org/sub", keep_versions=2)
    assert from_environment({"PASSERELLE_STORE_PASSWORD": "secret"}) == Settings()


def test_one_command_shows_every_setting_and_no_secret() -> None:
    given = {"PASSERELLE_KEEP_VERSIONS": "3", "PASSERELLE_STORE_PASSWORD": "secret", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "graph_api", "settings"],
        cwd=ROOT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    shown = {line.split("│")[1].strip(): line.split("│")[2:4] for line in done.stdout.splitlines() if "│" in line}
    assert [part.strip() for part in shown["PASSERELLE_KEEP_VERSIONS"]] == ["3", "the environment"]
    assert [part.strip() for part in shown["PASSERELLE_HEAD_SECONDS"]] == ["10.0", "default"]
    assert {variable(field.name) for field in fields(Settings)} <= shown.keys()
    assert "secret" not in done.stdout
