"""docs/mock.md is complete, and describes nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mock_server.__main__ import main
from mock_server.http.faults import Fault
from mock_server.operations.prefer_header import NAMES
from mock_server.settings.session_settings import PROFILES
from openapi import Contract
from tests.mock_server.support import Caller

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "mock.md").read_text(encoding="utf-8")
POINTS = (DOCS / "mock-points.md").read_text(encoding="utf-8")


def cells(heading: str) -> list[str]:
    """The first column, without backquotes, of the table with the first heading `heading`."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[- |]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table is not None, heading
    return [row.split("|")[1].strip().strip("`") for row in table[1].splitlines()]


def test_every_fault_and_profile_is_on_the_page() -> None:
    """The tables list each of them, in the order of the code."""
    assert cells("fault") == [fault.value for fault in Fault]
    assert cells("`--profile`") == list(PROFILES)
    assert [cell.partition("=")[0] for cell in cells("`Prefer`")] == list(NAMES)


def test_every_magic_number_is_on_the_page(contract: Contract) -> None:
    """The table lists the document's magic numbers, each with its status."""
    (magic,) = contract.resources["phone"].magic
    rows = dict(re.findall(r"^\| `(\+[0-9]+)` \| ([0-9]{3})", PAGE, re.MULTILINE))
    assert rows == {number: str(status) for number, status in magic.statuses.items()}


def test_every_admin_path_is_on_the_page(call: Caller) -> None:
    """The page names every path under /__mock/."""
    for path in call.get("/__mock/").body["places"]:
        assert re.sub(r"<(?:\w+:)?(?:rule_)?(\w+)>", lambda found: found[1].upper(), path).split()[1] in PAGE


def test_every_flag_on_the_page_exists(capsys: pytest.CaptureFixture[str]) -> None:
    """Each flag that the page or the page with the points names is in the command's help."""
    assert main(["--help"]) == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    named = set(re.findall(r"`(--(?!callcamp-)[a-z-]+)", PAGE))
    shown = set(re.findall(r"`(?:callcamp-mock )?(--[a-z-]+)", POINTS))
    assert named | shown <= known
    assert {"--sessions", "--journal", "--delay", "--profile", "--validate", "--state", "--now"} <= named
