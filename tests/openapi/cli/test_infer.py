"""`callcamp-spec infer`: an overlay to keep and correct."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from openapi import PHONES, load
from openapi.cli.command import main
from tests.openapi.inference.support import loaded, shop


def test_the_overlay_is_what_was_inferred(tmp_path: Path) -> None:
    """The overlay, applied, declares exactly what is inferred without it, and says why in comments."""
    inferred = loaded(tmp_path, shop())
    overlay, applied = tmp_path / "state.yaml", tmp_path / "applied.yaml"
    assert main(["infer", str(inferred.file), "--out", str(overlay)]) == 0
    text = overlay.read_text(encoding="utf-8")
    assert "          key: id   # the path parameter articleId and the field id are both integer\n" in text
    assert "# - GET /articles, query parameter fast: no field of the record is named like it\n" in text
    assert main(["apply", str(inferred.file), str(overlay), "--out", str(applied)]) == 0
    declared = load(applied)
    assert declared.inference is None
    assert declared.resources == inferred.resources
    assert yaml.safe_load(applied.read_text(encoding="utf-8"))["x-resources"] == inferred.document()["x-resources"]


def test_nothing_to_infer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document without collections gives an overlay that changes nothing, and exit code 1."""
    document = shop()
    document["paths"] = {"/articles": document["paths"]["/articles"]}
    assert main(["infer", str(loaded(tmp_path, document).file)]) == 1
    printed = yaml.safe_load(capsys.readouterr().out)
    assert printed["actions"] == []


def test_a_document_with_resources(capsys: pytest.CaptureFixture[str]) -> None:
    """A document that declares its resources is a usage error."""
    assert main(["infer", str(PHONES)]) == 2
    assert f"{PHONES} has x-resources: nothing is inferred" in capsys.readouterr().err
