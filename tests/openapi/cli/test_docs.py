"""The commands of docs/document.md print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from openapi.cli.command import main

PAGE = (Path(__file__).parents[3] / "docs" / "document.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```console\n\$ callcamp-spec (.*)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)
[OVERLAY] = re.findall(r"^```yaml\n(overlay: (?:.*\n)*?)```$", PAGE, re.MULTILINE)
DOCUMENT = """\
openapi: 3.1.0
info: {title: Things, version: '1'}
sever: []
paths:
  /things:  # the list
    get:
      responses:
        '200': {description: All things}
        # Nothing else is documented.
        '400': {description: Invalid}
"""


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_documented_commands_print_what_the_page_shows(
    command: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command prints what the page shows."""
    monkeypatch.chdir(tmp_path)
    Path("api.yaml").write_text(DOCUMENT, encoding="utf-8")
    Path("staging.yaml").write_text(OVERLAY, encoding="utf-8")
    assert main(shlex.split(command)) == 0
    assert "".join(capsys.readouterr()) == shown
