"""The command `callcamp-spec`: what it writes where, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi import PHONES, load
from openapi.cli.command import main
from openapi.cli.problem_formats import FORMATS
from openapi.editing.yaml_text import yaml_text
from openapi.errors import Problem, Severity

Captured = pytest.CaptureFixture[str]

GOOD = """\
openapi: 3.1.0
info: {title: T, version: '1'}
paths: {/a: {get: {operationId: a, responses: {'204': {description: A}}}}}
"""
WARNED = GOOD + "nonsense: 1\n"
BROKEN = GOOD.replace("3.1.0", "4.0.0")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A document with a warning."""
    file = tmp_path / "api.yaml"
    file.write_text(WARNED, encoding="utf-8")
    return file


def test_the_phone_api_is_valid(capsys: Captured) -> None:
    """The packaged document has no problems."""
    assert main(["validate", "--strict", str(PHONES)]) == 0
    assert capsys.readouterr() == ("", f"{PHONES}: 0 errors, 0 warnings\n")


def test_exit_codes_for_warnings_and_errors(document: Path, capsys: Captured) -> None:
    """Warnings exit with 0, or 1 with --strict; errors exit with 1. Each problem has its location."""
    assert main(["validate", str(document)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"warning: {document}:4: /nonsense: ")
    assert err.endswith(f"{document}: 0 errors, 1 warning\n")
    assert main(["validate", "--strict", str(document)]) == 1
    document.write_text(BROKEN, encoding="utf-8")
    assert main(["validate", str(document), str(PHONES)]) == 1
    assert f"error: {document}:1: /openapi: " in capsys.readouterr().err


def test_json_sarif_and_annotations_have_file_line_and_pointer(document: Path, capsys: Captured) -> None:
    """JSON, SARIF and annotations go to standard output with file, line and JSON Pointer."""
    assert main(["validate", "--format", "json", str(document)]) == 0
    [problem] = json.loads(capsys.readouterr().out)
    assert (problem["severity"], problem["file"], problem["line"], problem["pointer"]) == (
        "warning",
        str(document),
        4,
        "/nonsense",
    )
    assert main(["validate", "--format", "sarif", str(document)]) == 0
    [result] = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    [location] = result["locations"]
    assert (result["level"], location["physicalLocation"]["region"]["startLine"]) == ("warning", 4)
    assert location["logicalLocations"] == [{"fullyQualifiedName": "/nonsense"}]
    assert main(["validate", "--format", "github", str(document)]) == 0
    assert capsys.readouterr().out.startswith(f"::warning file={document},line=4,title=/nonsense::")


@pytest.mark.parametrize("name", FORMATS)
def test_document_text_cannot_inject_commands_or_escapes(name: str) -> None:
    """Text from the document starts no workflow command and no escape sequence."""
    hostile = Problem(
        Severity.ERROR, Path("a.yaml"), 1, "/a\n::error::b", "is \x1b[2J\r\n::stop-commands::x", "fix, it: %0A"
    )
    lines = FORMATS[name]({Path("a.yaml"): [hostile]}).splitlines()
    assert not [
        line for line in lines if "\x1b" in line or (line.startswith("::") and not line.startswith("::error file="))
    ]
    if name == "github":
        location = "file=a.yaml,line=1,title=/a%0A%3A%3Aerror%3A%3Ab"
        assert lines == [f"::error {location}::is \\x1b[2J%0D%0A::stop-commands::x; fix, it: %250A"]


def test_a_bundle_equals_its_source_files(tmp_path: Path, capsys: Captured) -> None:
    """A bundle is one document, the same contract as its files, in YAML or JSON, with overlays applied."""
    (tmp_path / "status.yaml").write_text("type: string\nenum: ['no', 'on', '1e3', 2026-01-10]\n", encoding="utf-8")
    (tmp_path / "api.yaml").write_text(
        GOOD + "components: {schemas: {Status: {$ref: status.yaml}}}\n", encoding="utf-8"
    )
    assert main(["bundle", str(tmp_path / "api.yaml"), "--out", str(tmp_path / "one.yaml")]) == 0
    assert main(["bundle", str(tmp_path / "api.yaml"), "--format", "json"]) == 0
    (tmp_path / "one.json").write_text(capsys.readouterr().out, encoding="utf-8")
    whole = load(tmp_path / "api.yaml").document()
    assert load(tmp_path / "one.yaml").document() == load(tmp_path / "one.json").document() == whole
    (tmp_path / "api.yaml").write_text(
        GOOD + "components: {schemas: {Status: {$ref: nowhere.yaml}}}\n", encoding="utf-8"
    )
    assert main(["bundle", str(tmp_path / "api.yaml")]) == 3
    assert "nowhere.yaml" in capsys.readouterr().err


VALUES: list[Any] = [
    "no",
    "1e3",
    "0x1f",
    "~",
    "",
    "2026-01-10",
    "a: b",
    "# c",
    "- d",
    "two\nlines\n",
    " x ",
    "é📞",
    "\t",
    1.5,
    None,
    {},
    [],
]


def test_written_yaml_reads_the_same_in_yaml_1_1() -> None:
    """Written YAML has the same meaning in YAML 1.1 and to our reader."""
    text = yaml_text({"values": VALUES, "on": {"nested": [{"a": 1}]}})
    assert yaml.safe_load(text) == {"values": VALUES, "on": {"nested": [{"a": 1}]}}


def test_apply_prints_the_diff_and_writes_the_document(tmp_path: Path, capsys: Captured) -> None:
    """The diff goes to standard output, and the document is written unless it is a dry run."""
    document, overlay = tmp_path / "api.yaml", tmp_path / "overlay.yaml"
    document.write_text(GOOD, encoding="utf-8")
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions: [{target: $.info, update: {version: '2'}}]\n",
        encoding="utf-8",
    )
    assert main(["apply", str(document), str(overlay), "--dry-run"]) == 0
    assert "+info: {title: T, version: '2'}\n" in capsys.readouterr().out
    assert document.read_text(encoding="utf-8") == GOOD
    assert main(["apply", str(document), str(overlay), "--out", "-"]) == 0
    assert main(["apply", str(document), str(overlay)]) == 0
    assert document.read_text(encoding="utf-8") == GOOD.replace("version: '1'", "version: '2'")
    capsys.readouterr()
    assert main(["apply", str(document), str(overlay)]) == 3
    assert f"{overlay}:3: /actions/0/update: changes nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["validate"], ["apply", "a.yaml"], ["bundel"], ["validate", "--format", "xml", "a.yaml"]]
)
def test_usage_errors_exit_with_2(arguments: list[str], capsys: Captured) -> None:
    """A usage error ends with exit code 2 and one line that names the help."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.endswith("(see callcamp-spec --help)\n")


def test_an_unreadable_file_is_reported(capsys: Captured) -> None:
    """A file that can't be read is an error of the document."""
    assert main(["validate", "nowhere.yaml"]) == 1
    assert main(["bundle", "nowhere.yaml"]) == 3
    assert "callcamp-spec: nowhere.yaml: the document: can't be read" in capsys.readouterr().err


def test_apply_json_lists_changes_diff_and_file(document: Path, tmp_path: Path, capsys: Captured) -> None:
    """`apply --json` prints each change with its overlay and location, the diff, and the file that was written."""
    overlay = tmp_path / "overlay.yaml"
    actions = [{"target": "$.info", "update": {"title": "New"}}, {"target": "$.nonsense", "remove": True}]
    overlay.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "O", "version": "1"}, "actions": actions}))
    before = document.read_text(encoding="utf-8")
    assert main(["apply", str(document), str(overlay), "--json", "--dry-run"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["document"], printed["written"]) == (str(document), None)
    assert printed["changes"] == [
        {"overlay": str(overlay), "pointer": "/info/title", "change": "set"},
        {"overlay": str(overlay), "pointer": "/nonsense", "change": "removed"},
    ]
    assert "-nonsense: 1\n" in printed["diff"]
    assert document.read_text(encoding="utf-8") == before
    assert main(["apply", str(document), str(overlay), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**printed, "written": str(document)}
    assert load(document).title == "New"
    assert main(["apply", str(document), str(overlay), "--json", "--out", "-"]) == 2
    assert "--json and --out - both write to stdout; name a file, or drop one of them" in capsys.readouterr().err


def test_bundle_json_keeps_any_file_name(document: Path, tmp_path: Path, capsys: Captured) -> None:
    """`bundle --json` prints or writes the document as JSON, with any file names."""
    assert main(["bundle", str(document), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == yaml.safe_load(document.read_text(encoding="utf-8"))
    out = tmp_path / "out.yaml"
    assert main(["bundle", str(document), "--json", "--out", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8")) == printed
